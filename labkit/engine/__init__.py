"""An AWS secrets engine for Vault-compatible servers, in Python, as a plugin process of its own."""
