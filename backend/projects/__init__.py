"""Projects: sources, instructions, confirmation policy, model."""
