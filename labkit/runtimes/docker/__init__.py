"""The containers runtime: Vault and moto in Docker."""
