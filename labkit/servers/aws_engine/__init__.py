"""The AWS secrets engine: one file for each of its API paths.

It behaves like the community edition of HashiCorp Vault's own engine: the same paths, fields, error
texts, and the same AWS calls in the same order. Where OpenBao's plugin differs from Vault, it
follows Vault: `config/root` merges, `static-roles/` can be listed, a rotation survives a restart.
It differs from both in this; each line has a test in tests/servers/aws_engine/test_differences.py:

Left out
* A `rotation_schedule` is not parsed: any schedule gets the text of the missing rotation manager.
* A `username_template` knows the documented functions, Go's built-in functions but `call`, and
  `if`. It knows no variables, `range`, `with`, `define` or fractions; these fail at issue, as an
  invalid template does. Half a character that `truncate` leaves becomes U+FFFD.

Not closed
* An issue whose process is killed after it deleted its write-ahead entry and before the server has
  the reply leaves an IAM user without a lease, in Vault too. If the entry were kept until after the
  reply, its rollback would have to know whether the server has made the lease: the plugin protocol
  has no such call, and a key that was never used may well have a lease. `lab.orphans()` lists such
  a user: its calls in AWS's journal are complete, but no lease names it.

Said otherwise
* The AWS library is botocore: where Vault quotes an AWS error, the text is `<Code>: <message>`. In
  a revocation `Error deleting IAM user: ` stands before it, and before what AWS says of a group
  `Error reading policies of IAM groups: `.
* The errors of fields are those of OpenBao's framework. It leaves out the refused value, which
  Vault's quotes. A policy document that is not JSON is refused with Python's text when documents
  are combined.
* An STS that does not answer is named, with what it said, after `could not obtain sts client`.
* The library retries twice by default and ten times at most. It waits at most 5 s for a connection
  and 20 s for an answer. It does not check parameters itself: what is too short is refused by AWS.
* Leases last whole seconds; a fraction in `config/lease` is rounded up. A session that is over when
  it arrives has a lease of one second (in Vault: the mount's own TTL).

Made safe
* A write-ahead entry is dropped after a failed CreateUser only if AWS surely did not do it. Vault
  always drops it, and so forgets a user whose creation was answered to nobody.
* `config/rotate-root` and the rotation of static roles have a write-ahead entry too; Vault leaves
  the new key if they break off. The rollback deletes a key only if AWS returned its ID, or if AWS
  gave no answer and it is the only key created meanwhile and never used (`ListAccessKeys` before
  the call, `GetAccessKeyLastUsed`). It leaves any other key and names it in the server's log.
* A user whose name is not random (a `username_template` without `random` or `uuid`) costs one
  `GetUser` before CreateUser. The rollback leaves a user of that name which it did not make.
* Deleting a static role deletes its key in AWS before it forgets it. Vault forgets it first, and
  leaves it if AWS refuses.
* What is due for rotation stands in storage, not in a queue in memory: a failed rotation is tried
  again at the next look, a minute later (in Vault after 10 s, at the next look too), and a changed
  `rotation_period` also changes the `expiration` that `static-creds/` shows.
"""
