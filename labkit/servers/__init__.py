"""The servers: each runs in a process of its own and imports nothing of the lab.

The lab starts them by their file or name and does not import them. It shares with the AWS side
only the typed values of `aws.api`.

plugin          the plugin protocol of Vault-compatible servers; knows no engine
aws_engine      the AWS secrets engine, as a plugin
wrong_engine    a wrong version of it, for a drill
aws             the AWS side: moto with IAM enforced, behind a journal
supervisor      stops a server whose lab has ended
record_command  runs a command of a script and records what it printed
"""
