"""The environment of the servers that a lab starts: made from nothing, none of it the user's."""

from __future__ import annotations

import os
import site
from collections.abc import Mapping
from pathlib import Path

from labkit.machine.package import PACKAGE_HOME

ENGINE_ENDPOINT_VARIABLE = "LABKIT_AWS_ENDPOINT"
REAL_AWS_VARIABLE = "LABKIT_REAL_AWS"
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
    return found | _python(home) | _no_aws_settings(home) | {"PATH": os.defpath, "LANG": "C.UTF-8"}


def _python(home: Path) -> dict[str, str]:
    variables = {
        "HOME": str(home),
        "TMPDIR": str(home.parent),
        "PYTHONPATH": str(PACKAGE_HOME),
        "NO_PROXY": "*",
    }
    # HOME also locates what `pip install --user` installed.
    return variables | ({"PYTHONUSERBASE": site.getuserbase()} if site.ENABLE_USER_SITE else {})


def _no_aws_settings(home: Path) -> dict[str, str]:
    nowhere = str(home / "no-aws-settings")
    return {
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
