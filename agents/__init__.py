"""Second floor: one turn, from question to answer."""
