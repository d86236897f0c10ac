"""Stored results: paging and export."""
