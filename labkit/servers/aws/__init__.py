"""The AWS side: moto with IAM enforced, served behind a journal in a process of its own."""
