"""Hold a class: start its JupyterHub, print the address and the passwords, and end all with it.

`make class` runs it. Variables: LABKIT_CLASS_PORT, LABKIT_CLASS_PASSWORD, LABKIT_CLASS_KEEP (the
attendees' homes stay), and those of `class_settings.chosen`.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.error import URLError

import class_ground as ground
import psutil
from class_settings import INSTRUCTOR, VARIABLE, Settings, chosen, new_password

from labkit.errors import LabError, StartError
from labkit.machine.folders import own_folder
from labkit.machine.polling import happens_within
from labkit.machine.ports import free_port
from labkit.runtimes.docker.owner_labels import owner_of
from labkit.runtimes.folders_of_killed_labs import hold

PORT = 8000
START_SECONDS = 120
END_SECONDS = 60
BOARD = Path("out/class-board.jsonl")
PROXY = Path(sys.prefix, "class/node_modules/.bin/configurable-http-proxy")


def main(env: Mapping[str, str] = os.environ) -> None:
    """Hold a class until Ctrl-C or SIGTERM."""
    _end_at_first_signal()
    folder = own_folder(env, prefix="labkit-class-")
    lock = hold(folder)
    try:
        with class_of(folder, env) as settings, hub(settings) as process:
            show(settings)
            process.wait()
    except KeyboardInterrupt:
        sys.stdout.write("The class has ended.\n")
    finally:
        lock.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def class_of(folder: Path, env: Mapping[str, str]) -> Iterator[Settings]:
    """Make what the class needs of Docker, and remove it at the end."""
    options: dict[str, Any] = {"name": "labkit-class", "image": "labkit-class"} | chosen(env)
    ground.build(options["image"], env, log=folder / "build.log")
    name, owner = options["name"], owner_of(folder)
    BOARD.parent.mkdir(exist_ok=True)
    try:
        with ground.network(name, owner) as gateway:
            yield Settings(
                folder=str(folder),
                owner=owner,
                gateway=gateway,
                ports=_ports(gateway, env),
                proxy=_proxy(),
                board_file=env.get("LABKIT_BOARD_FILE") or str(BOARD.resolve()),
                password=env.get("LABKIT_CLASS_PASSWORD") or new_password(),
                instructor_password="-".join(new_password() for _ in range(3)),
                **options,
            )
    finally:
        if not env.get("LABKIT_CLASS_KEEP"):
            ground.remove_homes(name)


def _ports(gateway: str, env: Mapping[str, str]) -> dict[str, int]:
    outside = {"proxy": free_port(int(env.get("LABKIT_CLASS_PORT") or PORT))}
    return outside | {"proxy_api": free_port()} | ground.free_ports(gateway, "hub", "board")


def _proxy() -> str:
    found = shutil.which(str(PROXY)) or shutil.which("configurable-http-proxy")
    if not found:
        raise StartError(
            "configurable-http-proxy is not installed. `make class` installs it with npm "
            "(Node 20 or later)."
        )
    return found


@contextmanager
def hub(settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """Start JupyterHub and wait until it answers; stop it at the end.

    Raises:
        StartError: it ended, or did not answer in time; the message has the end of its log.
    """
    config = Path(__file__).with_name("jupyterhub_config.py")
    command = [sys.executable, "-m", "jupyterhub", "--config", str(config)]
    env = os.environ | {VARIABLE: str(settings.write())}
    log = Path(settings.folder, "hub.log")
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=env, stdout=output, stderr=output, cwd=settings.folder,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the Hub
        )  # fmt: skip
        try:
            started = happens_within(START_SECONDS, lambda: _answers(settings, process), every=0.2)
            if not started or process.poll() is not None:
                raise StartError(f"JupyterHub did not start. Its log ends: {_end_of(log)}")
            yield process
        finally:
            _end(process)


def _answers(settings: Settings, process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is not None:
        return True
    try:
        urllib.request.urlopen(f"{address(settings)}hub/health", timeout=2).close()  # noqa: S310 - http
    except (URLError, OSError):
        return False
    return True


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-3000:]


def _end(process: subprocess.Popen[bytes]) -> None:
    """Let the Hub stop its containers, proxy and services; kill what does not end in time."""
    started = _descendants(process.pid)
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for left in started:
        with suppress(psutil.NoSuchProcess):
            left.kill()


def _descendants(pid: int) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return list(psutil.Process(pid).children(recursive=True))
    return []


def _end_at_first_signal() -> None:
    """Turn the first signal into KeyboardInterrupt; ignore more of them, the end takes seconds."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def end(*_: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, end)


def address(settings: Settings) -> str:
    """Return the class's address."""
    return f"http://127.0.0.1:{settings.ports['proxy']}/"


def show(settings: Settings) -> None:
    """Print where the class is and how to log in."""
    sys.stdout.write(
        f"The class is at {address(settings)}\n"
        f"  attendees:  a name of their own, password {settings.password}\n"
        f"  instructor: {INSTRUCTOR}, password {settings.instructor_password}\n"
        f"  the board:  {address(settings)}services/board/\n"
        "Ctrl-C ends the class and removes its containers.\n"
    )
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except LabError as error:
        sys.exit(str(error))
