"""Plain business questions read by one small grammar: a measure, what it is split by, what it is limited to.

It reads a question whole or not at all: `read` gives a draft only when every word that carries meaning found a place.
"""

VARIANT = "business"
"""The variant of a candidate that this grammar read."""
