"""The two ways to understand a question: with a language model, and without."""
