"""A method that a lab takes from a part is documented as the part's own, imported or not."""

import inspect

import pytest

from labkit import Lab
from labkit.later import Later
from labkit.parts.delegation import Delegate, of

DELEGATED = sorted(name for name, value in vars(Lab).items() if isinstance(value, Delegate))


def test_most_of_the_lab_is_delegated() -> None:
    assert {"issue", "revoke", "storm", "watch"} <= set(DELEGATED)


@pytest.mark.parametrize("name", DELEGATED)
def test_a_method_keeps_its_name_signature_and_docstring(name: str) -> None:
    method = getattr(Lab, name)

    assert method.__name__ == name
    assert (inspect.getdoc(method) or "").splitlines()[0].endswith((".", ":"))
    assert next(iter(inspect.signature(method).parameters)) == "self"


class Counter:
    """A part."""

    def __init__(self, start: int) -> None:
        self.value = start

    def add(self, by: int = 1) -> int:
        """Add to the value."""
        self.value += by
        return self.value


class Whole:
    """Holds a part that is imported when it is used."""

    add = of("part", Later(f"{__name__}:Counter").add)

    def __init__(self) -> None:
        self.part = Later(f"{__name__}:Counter")(40)


def test_a_later_class_does_what_the_class_does() -> None:
    whole = Whole()

    assert whole.add(2) == 42
    assert isinstance(whole.part, Counter)
    assert Whole.add.__doc__ == Counter.add.__doc__


def test_a_wrong_path_is_named_at_the_first_use() -> None:
    class Wrong:
        """Delegates to what does not exist."""

        add = of("part", Later(f"{__name__}:Counter").subtract)

    with pytest.raises(AttributeError, match="subtract"):
        _ = Wrong.add
