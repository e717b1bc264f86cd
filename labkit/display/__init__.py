"""Tables and progress, in a terminal and in a notebook."""
