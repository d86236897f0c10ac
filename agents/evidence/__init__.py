"""What an answer can be held to: its receipt, run again, and the rows behind a number."""
