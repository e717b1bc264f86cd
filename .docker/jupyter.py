"""Starts JupyterLab on the notebooks, once Vault is as the lab expects it."""

import os
import sys

from labkit.runtimes.docker.devserver import prepare

OPTIONS = ("--no-browser", "--ip=0.0.0.0", "--port=8888", "--ServerApp.root_dir=notebooks")


def start() -> None:
    """Become JupyterLab; what it prints last is the address to open."""
    shown = f"http://127.0.0.1:{os.environ['LABKIT_JUPYTER_PORT']}/lab"
    command = [sys.executable, "-m", "jupyterlab", *OPTIONS]
    os.execv(sys.executable, [*command, f"--ServerApp.custom_display_url={shown}"])  # noqa: S606 - no shell wanted


if __name__ == "__main__":
    env = os.environ
    prepare(env["VAULT_ADDR"], env["VAULT_TOKEN"], env["LABKIT_AUDIT_LOG"])
    start()
