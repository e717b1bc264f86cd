"""Install npm packages for a test into pytest's cache; skip aloud where npm is absent."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

INSTALL = ("install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix")


def installed(
    request: pytest.FixtureRequest,
    factory: pytest.TempPathFactory,
    name: str,
    packages: tuple[str, ...],
) -> Path:
    """Return the folder in which npm has installed packages.

    Args:
        request: of the fixture, for pytest's cache.
        factory: makes a folder where there is no cache.
        name: of the folder.
        packages: each with its version.

    Raises:
        pytest.skip.Exception: npm or its registry is absent; a failure instead in CI.
    """
    folder = cache_folder(request, factory, name)
    if (folder / "node_modules").exists():
        return folder
    npm = shutil.which("npm")
    if npm is None:
        cannot(f"{name}: npm is not installed")
    command = [npm, *INSTALL, str(folder), *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        cannot(f"{name}: npm failed: {done.stderr}")
    return folder


def cache_folder(
    request: pytest.FixtureRequest, factory: pytest.TempPathFactory, name: str
) -> Path:
    """Return a folder of pytest's cache, or a temporary folder where there is no cache."""
    cache = getattr(request.config, "cache", None)
    return Path(cache.mkdir(name) if cache else factory.mktemp(name))


def cannot(reason: str) -> NoReturn:
    """Skip a test that needs something from outside; fail in CI."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
