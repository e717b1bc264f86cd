"""What a lab makes on servers that others use: planned, recorded, recognised, removed."""
