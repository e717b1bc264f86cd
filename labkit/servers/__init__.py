"""The servers: each runs in a process of its own and imports nothing of the lab.

plugin      the plugin protocol of Vault-compatible servers; knows no engine
aws_engine  the AWS secrets engine, as a plugin
aws         the AWS side: moto with IAM enforced, behind a journal
"""
