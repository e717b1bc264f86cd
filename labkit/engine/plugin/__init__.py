"""The plugin protocol of Vault-compatible servers; it carries any engine and knows none."""
