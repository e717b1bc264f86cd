"""The command line: the narrated run, the lab in the background, its environment."""
