"""What can go wrong between the lab and its AWS side."""

from labkit.errors import LabError


class AwsSideError(LabError):
    """AWS could not be reached, or did not say what it was asked."""
