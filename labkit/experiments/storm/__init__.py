"""Storms of leases: issue thousands, count them, end them, and simulate a million.

What there is, and where it is, stands in `__init__.pyi`.
"""

from labkit.later import names_of_stub

__getattr__, __dir__ = names_of_stub(__name__, __file__)
