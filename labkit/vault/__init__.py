"""Vault as a client sees it: client, leases, the command line."""
