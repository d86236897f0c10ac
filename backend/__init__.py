"""Top floor: web, metadata, identity and jobs."""
