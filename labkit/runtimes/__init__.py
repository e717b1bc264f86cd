"""Where the servers of a lab come from; each runtime gives the same `Endpoints`."""
