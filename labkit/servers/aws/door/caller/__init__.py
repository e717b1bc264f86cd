"""Find and verify the caller: Signature Version 4, access keys, sessions."""
