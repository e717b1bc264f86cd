"""Call AWS: clients, endpoints, error texts."""
