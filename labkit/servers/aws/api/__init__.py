"""Typed values that the AWS server and its clients share."""
