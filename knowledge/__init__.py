"""First floor: what is known about a source and a project."""
