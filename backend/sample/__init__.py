"""The sample company: a recipe for a believable database, the same for the same seed and last day."""
