"""Chats, their turns and the socket."""
