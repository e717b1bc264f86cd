"""Undo what an interrupted request left in AWS (write-ahead log)."""
