"""Second floor: one turn, from question to answer."""

import os

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
"""Checkpoints may only hold plain data; read by LangGraph when it is first imported."""
