"""What an answer shows: its chart, its words, its labels, and what to ask next."""
