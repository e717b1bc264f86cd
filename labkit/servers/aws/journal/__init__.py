"""The record of the calls that AWS answered."""
