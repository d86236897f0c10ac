"""From SQL text to a reading, its one canonical form, and back to SQL."""
