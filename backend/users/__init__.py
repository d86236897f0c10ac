"""Users, groups and grants."""
