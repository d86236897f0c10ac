"""Sign-in, sessions and secrets."""
