"""What was observed of leases, in Vault and in AWS, and what follows from it.

`model` holds the observations as values, with no I/O. `collect` asks Vault and AWS and reads their
logs. `analyse` computes from values, with no I/O and no clock. `evidence` keeps everything that one
lab observed; `records` writes it as JSON lines.
"""
