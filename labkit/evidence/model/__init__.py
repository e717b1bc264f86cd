"""Evidence as values: what was observed, and how it is saved."""
