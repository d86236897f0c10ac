"""One engine's grammar each, where sqlglot's own needs more than a line."""
