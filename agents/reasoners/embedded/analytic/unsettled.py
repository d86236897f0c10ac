"""What is raised when a question cannot be read whole."""

from __future__ import annotations


class Unsettled(Exception):
    """A piece of the question has no place in this source."""
