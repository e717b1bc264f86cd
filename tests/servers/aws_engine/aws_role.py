"""The AWS role that the tests assume."""

ACCOUNT = "123456789012"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/vault-test"
