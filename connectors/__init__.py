"""Ground floor: everything that touches a user's data source and its SQL."""
