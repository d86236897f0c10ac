"""Fits how much each check says about whether an answer is right, on questions with known answers."""
