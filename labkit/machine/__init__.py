"""What a lab needs of this machine: folders, locks, ports, threads, the OpenBao binary."""
