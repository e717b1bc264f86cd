"""Who holds a lock, and who may look whether somebody does."""

from pathlib import Path

import pytest

from labkit.machine import locks


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lock"
    path.touch()
    return path


def test_a_lock_has_one_holder_until_its_file_is_closed(file: Path) -> None:
    with file.open("r+") as first, file.open("r+") as second:
        assert locks.take(first)
        assert not locks.take(second)
        assert not locks.take(second, shared=True)

    with file.open("r+") as third:
        assert locks.take(third)


def test_many_may_look_at_once_whether_a_lock_is_free(file: Path) -> None:
    with file.open() as first, file.open() as second:
        assert locks.take(first, shared=True)
        assert locks.take(second, shared=True)
        assert not locks.take(first)
