"""The tutorial's steps, and the identities and policies that they use."""
