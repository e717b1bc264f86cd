"""Check policy documents as IAM does when one is stored."""

from labkit.servers.aws.iam.grammar.documents import Kind, problems, size

__all__ = ["Kind", "problems", "size"]
