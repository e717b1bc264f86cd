"""Unusual machines: a lab works there, or says in one sentence what is missing."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit import Lab, LabError
from labkit.errors import StartError
from labkit.machine.folders import own_folder
from labkit.machine.ports import free_port, require_loopback

pytestmark = pytest.mark.integration

MOUNT, UMOUNT, UNSHARE = (shutil.which(name) or name for name in ("mount", "umount", "unshare"))
FLOW = """
from labkit import Lab, LabError
try:
    with Lab.start(through="approle", runtime="embedded") as lab:
        lab.revoke(lab.issue()[1])
        print("works")
except LabError as error:
    print(f"{type(error).__name__}: {error}")
"""

IPV6_ONLY = """
import fcntl, socket, struct
UP, SET_ADDRESS, SET_FLAGS = 1, 0x8916, 0x8914  # netdevice(7)
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sH22x", b"lo", UP))
    no_address = struct.pack("16sHH4s16x", b"lo", socket.AF_INET, 0, bytes(4))
    fcntl.ioctl(any_socket, SET_ADDRESS, no_address)
with socket.create_server(("::1", 0), family=socket.AF_INET6):
    pass  # IPv6 works
"""


def flow(*before: str, **env: str) -> str:
    """Run the flow in a shell prepared by `before`; return the one line that it prints."""
    script = "; ".join([*before, f'exec "{sys.executable}" -c "$FLOW"'])
    ended = subprocess.run(
        ["/bin/sh", "-c", script],
        env=os.environ | {"FLOW": FLOW} | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert ended.stderr == ""
    assert len(ended.stdout.splitlines()) == 1, ended.stdout
    return ended.stdout.strip()


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """Mount a small file system whose options a test may change."""
    place = tmp_path / "mount"
    place.mkdir()
    command = [MOUNT, "-t", "tmpfs", "-o", "size=16m,mode=700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a file system needs root and the right to mount")
    yield place
    subprocess.run([UMOUNT, "-l", str(place)], check=True)


def test_empty_path() -> None:
    assert flow(PATH="") == "works"


def test_folder_where_no_program_may_be_started(mounted: Path, tmp_path: Path) -> None:
    subprocess.run([MOUNT, "-o", "remount,noexec", str(mounted)], check=True)
    cache = tmp_path / "cache"
    cache.mkdir()

    assert flow(TMPDIR=str(mounted), XDG_CACHE_HOME=str(cache)) == "works"


def test_no_folder_where_a_program_may_be_started(
    mounted: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    subprocess.run([MOUNT, "-o", "remount,noexec", str(mounted)], check=True)
    monkeypatch.setattr("tempfile.tempdir", str(mounted))

    with pytest.raises(StartError, match=r"noexec.*Set TMPDIR"):
        own_folder({"XDG_CACHE_HOME": str(mounted / "absent")})

    assert list(mounted.iterdir()) == []


def test_few_open_files() -> None:
    line = flow("ulimit -n 16")

    assert line.startswith("StartError: This process may have 16 files open, but a lab needs")
    assert "ulimit -n 1024" in line


def test_low_limit_of_open_files_that_may_be_raised() -> None:
    assert flow("ulimit -S -n 64") == "works"


def flow_in_a_network_of_its_own(prepare: str = "") -> str:
    if subprocess.run([UNSHARE, "-n", "true"], check=False, capture_output=True).returncode:
        pytest.skip("a network of its own needs root and the right to make it")
    command = [UNSHARE, "-n", sys.executable, "-c", prepare + FLOW]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.stderr == ""
    assert len(ended.stdout.splitlines()) == 1
    return ended.stdout


def test_no_loopback() -> None:
    line = flow_in_a_network_of_its_own()

    assert line.startswith("StartError: ")
    assert "ip link set lo up" in line


def test_ipv6_only() -> None:
    line = flow_in_a_network_of_its_own(IPV6_ONLY)

    assert line.startswith("StartError: ")
    assert "need IPv4 loopback" in line


@pytest.mark.parametrize("code", [errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETUNREACH])
def test_machine_without_ipv4(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr("socket.create_server", refused)

    with pytest.raises(StartError, match="need IPv4 loopback"):
        require_loopback()


def test_port_that_needs_privileges(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.socket.bind", refused)

    with pytest.raises(StartError, match=r"port 80 on 127\.0\.0\.1: Permission denied\. Choose"):
        free_port(80)


def test_full_disk_is_named_and_heals(mounted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(mounted))
    with Lab.start(through="approle", runtime="embedded", alongside=True) as lab:
        _, lease = lab.issue()
        filler = mounted / "filler"
        _fill(filler)

        for doing in (lab.issue, lambda: lab.revoke(lease), lambda: lab.renew(lease)):
            with pytest.raises(LabError, match=r"The disk is full: .* Free some space"):
                doing()

        filler.unlink()
        lab.revoke(lease)
        lab.revoke(lab.issue()[1])


def test_start_on_a_full_disk_says_so(mounted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(mounted))
    _fill(mounted / "filler")

    with pytest.raises(StartError, match="the disk is full"):
        own_folder({"XDG_CACHE_HOME": str(mounted / "absent")})


def _fill(file: Path) -> None:
    with file.open("wb", buffering=0) as filler:
        try:
            while True:
                filler.write(b"x" * 4096)
        except OSError:
            pass
