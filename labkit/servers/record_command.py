"""Run a command and record what it printed: `python record_command.py BINARY FOLDER ARGUMENT...`.

Its output goes on unchanged. The record is a JSON file in FOLDER with the arguments and the output,
so that the lab can tell which part of a script's output came from which command.
Started as a bare file, without the lab's imports: it runs once for each command of a script.
"""

import json
import os
import subprocess
import sys
import time

LIMIT = 4 * 1024 * 1024  # bytes of output that are recorded
CHUNK = 65536
STDOUT = 1


def main(binary: str, folder: str, *arguments: str) -> int:
    """Run the command, pass its output on, and return its exit status."""
    child = subprocess.Popen([binary, *arguments], stdout=subprocess.PIPE)
    assert child.stdout is not None  # noqa: S101 - for the type checker
    seen = bytearray()
    reader_gone = False
    while chunk := os.read(child.stdout.fileno(), CHUNK):
        seen += chunk[: LIMIT - len(seen)]
        try:
            if not reader_gone:
                _write(chunk)
        except BrokenPipeError:
            reader_gone = True
    status = child.wait()
    _record(folder, arguments, seen.decode(errors="replace"))
    return status if status >= 0 else 128 - status


def _write(chunk: bytes) -> None:
    while chunk:
        chunk = chunk[os.write(STDOUT, chunk) :]


def _record(folder: str, arguments: tuple[str, ...], output: str) -> None:
    form = os.environ.get("BAO_FORMAT") or os.environ.get("VAULT_FORMAT") or ""
    record = {"arguments": arguments, "format": form, "output": output}
    with open(f"{folder}/{time.time_ns()}-{os.getpid()}.json", "w") as file:  # noqa: PTH123 - quick
        json.dump(record, file)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
