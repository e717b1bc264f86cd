"""The environment of the servers that a lab starts: made from nothing, none of it the user's."""

from __future__ import annotations

import os
import site
from collections.abc import Mapping
from pathlib import Path

from labkit.machine.package import PACKAGE_HOME

ENGINE_ENDPOINT_VARIABLE = "LABKIT_AWS_ENDPOINT"
REAL_AWS_VARIABLE = "LABKIT_REAL_AWS"
NO_FILE = "no-aws-settings"
LIBRARIES = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")


def server_environment(folder: Path, env: Mapping[str, str], *, aws_url: str) -> dict[str, str]:
    """Return the whole environment of the lab's servers and of the engine they start.

    HOME is a folder of the lab's own. AWS settings, Vault settings, proxies and the instance
    metadata service are out of reach.

    Args:
        folder: the lab's own folder.
        env: the environment of this process; only what Python needs to find libraries is taken.
        aws_url: the lab's AWS API, the only endpoint that the engine may call. LABKIT_REAL_AWS=yes
            in `env` lifts this limit.
    """
    home = folder / "home"
    home.mkdir(mode=0o700, exist_ok=True)
    found = {name: env[name] for name in LIBRARIES if name in env}
    if env.get(REAL_AWS_VARIABLE) != "yes":
        found[ENGINE_ENDPOINT_VARIABLE] = aws_url
    if site.ENABLE_USER_SITE:  # HOME also locates what `pip install --user` installed
        found["PYTHONUSERBASE"] = site.getuserbase()
    return found | {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "HOME": str(home),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(PACKAGE_HOME),
        "NO_PROXY": "*",
        "AWS_CONFIG_FILE": str(home / NO_FILE),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / NO_FILE),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
