"""Searchable items and their vectors in the metadata database; Chroma is filled from here."""
