"""Refusals, in the words and the wire format of each API."""
