"""Draw conclusions from evidence; nothing here does I/O."""
