"""No dataclass of the lab shows a secret or a whole access key id in its repr."""

import dataclasses
import importlib
import pkgutil
import re

import pytest

import labkit

SECRET = re.compile(
    r"token$|secret_key|secret_access_key|password|access_key$|key_id$|unseal|private"
)
# Fields that hold other things, and records of the journal, which the notebook's output redacts.
OTHER = {
    ("Causes", "of_token"),
    ("ApiCall", "access_key_id"),
    ("ApiCall", "target_key_id"),
    ("Entry", "access_key_id"),
    ("Entry", "target_key_id"),
    ("Asked", "access_key_id"),
}
WHOLE = "AKIA" + "Q" * 16


def dataclasses_with_secrets() -> list[tuple[type, str]]:
    found = []
    for module in pkgutil.walk_packages(labkit.__path__, "labkit."):
        if module.name.endswith("__main__"):
            continue
        for kind in vars(importlib.import_module(module.name)).values():
            if isinstance(kind, type) and dataclasses.is_dataclass(kind):
                names = [field.name for field in dataclasses.fields(kind)]
                found += [(kind, name) for name in names if SECRET.search(name)]
    unique = {(kind.__name__, name): (kind, name) for kind, name in found}
    return [unique[key] for key in sorted(unique.keys() - OTHER)]


@pytest.mark.parametrize(
    ("kind", "name"), dataclasses_with_secrets(), ids=lambda part: getattr(part, "__name__", part)
)
def test_repr_does_not_show_it(kind: type, name: str) -> None:
    instance: object = object.__new__(kind)
    for field in dataclasses.fields(kind):
        object.__setattr__(instance, field.name, WHOLE if field.name == name else "other")

    assert WHOLE not in repr(instance)


def test_the_inventory_is_not_empty() -> None:
    assert len(dataclasses_with_secrets()) > 8
