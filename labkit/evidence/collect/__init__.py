"""Collect evidence: read the audit log and the journal, take samples, try keys."""
