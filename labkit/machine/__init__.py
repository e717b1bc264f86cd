"""What a lab needs of this machine: folders, ports, open files, the OpenBao binary."""
