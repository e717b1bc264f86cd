"""Read what moto holds: users, roles, policies, tags."""
