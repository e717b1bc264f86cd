"""Drills: break one thing for a while, and restore it, however the block ends."""
