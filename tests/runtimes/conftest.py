"""What the tests of the containers runtime share."""

from collections.abc import Iterator

import pytest

from tests.docker import image_variables, left


@pytest.fixture(scope="session")
def variables() -> dict[str, str]:
    """Return the variables that name the images of the tests."""
    return image_variables()


@pytest.fixture
def in_docker(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Use these images, and leave nothing in Docker."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    before = left()
    yield
    monkeypatch.undo()
    assert left() - before == set()
