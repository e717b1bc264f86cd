"""Decide on a call, and describe the decision."""
