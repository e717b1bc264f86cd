"""What was seen on both sides, and what follows from it.

`samples`, `looking`, `revoking`, `access` and `orphans` ask Vault and AWS; `audit`, `gathering` and
`records` read what they noted; `evidence` keeps it all. The others only compute: they join, order,
count and compare, with no I/O and no clock.
"""
