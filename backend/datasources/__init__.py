"""Data sources: add, test, upload, index, browse."""
