"""Training of the shipped weights from questions with known SQL; needs the extra `train`."""
