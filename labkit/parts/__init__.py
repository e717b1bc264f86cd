"""The parts that `Lab` is composed of: connection, gathering, leasing, experiments."""
