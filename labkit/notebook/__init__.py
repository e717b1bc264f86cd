"""What a notebook adds to the lab: %vault, and the checks of the exercises."""
