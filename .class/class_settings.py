"""The settings of a class, handed from `hold.py` to the Hub in a file only its user may read."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

VARIABLE = "LABKIT_CLASS_SETTINGS"
INSTRUCTOR = "instructor"
LETTERS = "abcdefghjkmnpqrstuvwxyz"  # without those that are mistaken for another


@dataclass(frozen=True)
class Settings:
    """What the Hub of a class needs to know.

    Attributes:
        name: the prefix of containers and volumes in Docker.
        folder: where the Hub keeps its files while the class lasts.
        owner: the value of the label of containers and networks.
        gateway: the address of this machine in the class's Docker network.
        ports: of the proxy, its API, the Hub and the board, by name.
        password: the attendees'.
        instructor_password: the instructor's.
        image: the attendees' image.
        memory: the limit of one container, as Docker writes it.
        cpus: the limit of one container.
        idle_seconds: after which a container that nobody uses is removed.
        most: how many containers run at once.
        git_url: where the notebooks are pulled from; empty takes those of the image.
        board_file: the records of the board.
        proxy: the program configurable-http-proxy.
    """

    name: str
    folder: str
    owner: str
    gateway: str
    ports: dict[str, int]
    proxy: str
    board_file: str
    password: str = field(repr=False)
    instructor_password: str = field(repr=False)
    image: str = "labkit-class"
    memory: str = "1G"
    cpus: float = 1.0
    idle_seconds: int = 3600
    most: int = 30
    git_url: str = ""

    def write(self) -> Path:
        """Write the settings into the folder, and return the file."""
        file = Path(self.folder) / "class.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self)))
        return file


def from_environment(env: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings that `hold.py` wrote."""
    return Settings(**json.loads(Path(env[VARIABLE]).read_text()))


def new_password() -> str:
    """Return a password of 54 bits that can be read out and typed."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))


def chosen(env: Mapping[str, str]) -> dict[str, object]:
    """Return the settings that LABKIT_CLASS_* variables choose."""
    kinds = {
        "NAME": str, "IMAGE": str, "MEMORY": str, "GIT_URL": str,
        "CPUS": float, "IDLE_SECONDS": int, "MOST": int,
    }  # fmt: skip
    given = {name: env.get(f"LABKIT_CLASS_{name}") for name in kinds}
    return {name.lower(): kinds[name](value) for name, value in given.items() if value}
