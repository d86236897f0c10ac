"""What a statement says, and whether it may run."""
