"""A folder for the standing lab of each test's own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit.commands import background
from tests.commands.standing import clean_environment, folder_of


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    clean = clean_environment(tmp_path / "runtime")
    yield clean
    if background.is_up(folder_of(clean)):
        background.down(folder_of(clean))
