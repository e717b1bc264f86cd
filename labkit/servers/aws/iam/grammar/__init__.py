"""Check policy documents as IAM does when one is stored."""

from labkit.servers.aws.iam.grammar.documents import PolicyKind, problems, size

__all__ = ["PolicyKind", "problems", "size"]
