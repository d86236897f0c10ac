"""The embedded reasoner: a semantic parser with no download, no key and no network."""

from agents.reasoners.embedded.reasoner import EmbeddedReasoner

__all__ = ["EmbeddedReasoner"]
