"""The AWS secrets engine: one file for each of its API paths.

It behaves like the community edition of HashiCorp Vault's own engine: the same paths, fields, error
texts, and the same AWS calls in the same order. It differs in this (tests/engine/aws has a test for
each line):

* Of the credential types only `iam_user` is issued; a role of another type can be written, but
  asking for its credential answers 400.
* `static-roles/` and `static-creds/` answer 400.
* The deprecated role parameters `arn` and `policy` answer 400, and roles stored under the old
  prefix `policy/` are not looked for.
* `config/root` answers 400 for the functions of Vault Enterprise (workload identity, rotation
  manager) unless their fields are empty.
* A `username_template` other than the default is stored, but an issue then answers 500.
* The AWS library is botocore: where Vault quotes an AWS error, the text is `<Code>: <message>`, in
  a revocation with `Error deleting IAM user: ` before it. The library retries twice by
  default, and waits at most 5 s for a connection and 20 s for an answer.
* A write-ahead entry is dropped after a failed CreateUser only if AWS surely did not do it. Vault
  always drops it, and so forgets a user whose creation was answered to nobody.
* Leases last whole seconds; a fraction in `config/lease` is rounded up.
"""
