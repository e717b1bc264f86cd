"""Check exercises by their effect in Vault and in AWS, never by what was typed."""
