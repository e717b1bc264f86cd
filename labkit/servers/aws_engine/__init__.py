"""The AWS secrets engine: one file for each of its API paths.

It behaves like the community edition of HashiCorp Vault's own engine: the same paths, fields, error
texts, and the same AWS calls in the same order. Where OpenBao's plugin differs from Vault, it
follows Vault: `config/root` merges, `static-roles/` can be listed, a rotation survives a restart.
It differs from both in this; each line has a test in tests/servers/aws_engine/test_differences.py:

Left out
* A `rotation_schedule` is not parsed: any schedule gets the text of the missing rotation manager.
* A `username_template` knows the documented functions, Go's built-in functions but `call`, and
  `if`. It knows no variables, `range`, `with`, `define` or fractions; these fail at issue, as an
  invalid template does. If `truncate` cuts a character in two, its rest becomes U+FFFD.

Not closed
* If the engine's process is killed after it deleted its write-ahead entry and before the server
  stored the lease, an IAM user with a live key stays. Vault has the same window. The plugin
  protocol has no call that asks whether a lease exists, so the engine cannot keep the entry until
  then. `lab.orphans()` names such a user: AWS completed its issue, but no lease names it.

Different error texts
* The AWS library is botocore: where Vault quotes an AWS error, the text is `<Code>: <message>`. In
  a revocation the text begins with `Error deleting IAM user: `. If AWS refuses to read a group's
  policies, the text begins with `Error reading policies of IAM groups: `.
* The errors of fields are those of OpenBao's framework. They do not contain the refused value,
  which Vault's errors quote. If policy documents are combined and a document is not JSON, the
  error has Python's text.
* An STS that does not answer is named, with its error, after `could not obtain sts client`.
* The library retries twice by default and ten times at most. Its timeouts are 5 s for a connection
  and 20 s for a response. It does not check the length of parameters; AWS refuses those.
* Leases last whole seconds; a fraction in `config/lease` is rounded up. A session that has expired
  when it arrives has a lease of one second. In Vault the lease has the mount's default TTL.

Safer than upstream
* After a failed CreateUser the write-ahead entry is deleted only if AWS definitely rejected the
  call. Vault always deletes it, and so forgets a user whose creation had no response.
* `config/rotate-root` and the rotation of static roles have a write-ahead entry too. Vault leaves
  the new key if they break off. The rollback deletes a key only if AWS returned its ID, or if AWS
  did not answer and it is the only key that was created meanwhile and never used
  (`ListAccessKeys` before the call, `GetAccessKeyLastUsed`). It leaves every other key and names
  it in the server's log.
* A user whose name is not random (a `username_template` without `random` or `uuid`) costs one
  `GetUser` before CreateUser. The rollback leaves a user of that name which it did not make.
* Deleting a static role deletes its key in AWS first, and then the role. Vault deletes the role
  first, and leaves the key if AWS refuses.
* The time of the next rotation is in storage, not in a queue in memory. A failed rotation is tried
  again a minute later. Vault tries again after 10 s, at its next check too. A changed
  `rotation_period` also changes the `expiration` that `static-creds/` shows.
"""
