"""The users by name, as moto keeps them, and by name in lower case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moto.iam.models import IAMBackend, User


class IndexedUsers(dict[str, "User"]):
    """Users by name, with their names in lower case: no two users may differ by case only.

    Moto sets, deletes and pops single users.
    """

    def __init__(self, users: Mapping[str, User]) -> None:
        super().__init__(users)
        self.in_lower_case = {name.lower() for name in users}

    def __setitem__(self, name: str, user: User) -> None:
        """Add or replace a user."""
        super().__setitem__(name, user)
        self.in_lower_case.add(name.lower())

    def __delitem__(self, name: str) -> None:
        """Remove a user."""
        super().__delitem__(name)
        self.in_lower_case.discard(name.lower())

    def pop(self, name: str) -> User:  # type: ignore[override] # moto gives no default
        """Remove a user and return it."""
        user = self[name]
        del self[name]
        return user


def names_in_lower_case(iam: IAMBackend, kind: str) -> Iterable[str]:
    """Return the names of all entities of a kind.

    Args:
        iam: moto's IAM.
        kind: the attribute that holds the entities, such as "users".
    """
    entities: Mapping[str, User] = getattr(iam, kind)
    if isinstance(entities, IndexedUsers):
        return entities.in_lower_case
    return {str(each.name).lower() for each in list(entities.values())}
