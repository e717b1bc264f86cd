"""What the engine keeps in Vault's storage."""
