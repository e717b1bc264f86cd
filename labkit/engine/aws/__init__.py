"""The AWS secrets engine: one file for each of its API paths."""
