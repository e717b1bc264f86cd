"""The engine's API paths: one file each, named like the path."""
