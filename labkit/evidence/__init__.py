"""What was seen on both sides, and what follows from it.

Some files look (`looking`, `gathering`, `revoking`), some read what was noted (`audit`, `facts`,
`records`), and the others only compute: they join, order, count and compare, and do no I/O.
"""
