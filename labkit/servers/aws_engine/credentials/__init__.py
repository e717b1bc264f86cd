"""The credential types, and what they are made from."""
