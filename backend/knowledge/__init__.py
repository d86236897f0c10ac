"""Patterns, glossary, instructions: reviewed knowledge."""
