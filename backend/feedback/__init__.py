"""Thumbs, reasons and corrections."""
