"""Plans from readings, readings from plans, and what changed between two of them."""
