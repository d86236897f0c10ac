"""What each person may read of a source: tables, columns, rows and masks."""
