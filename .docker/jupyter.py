"""Starts JupyterLab on the notebooks, once Vault writes an audit log that the lab can read."""

import os

from labkit.vault import connect


def enable_audit() -> None:
    """Enable the audit device `lab` (`PUT sys/audit/lab`), readable from this container."""
    vault = connect(os.environ["VAULT_ADDR"], os.environ["VAULT_TOKEN"])
    if "lab/" not in vault.sys.list_enabled_audit_devices()["data"]:
        options = {"file_path": os.environ["LABKIT_AUDIT_LOG"], "mode": "0644"}
        vault.sys.enable_audit_device("file", path="lab", options=options)


def start() -> None:
    """Become JupyterLab; its last line is the address to open."""
    port = os.environ["LABKIT_JUPYTER_PORT"]
    options = ["--no-browser", "--ip=0.0.0.0", "--port=8888", "--ServerApp.root_dir=notebooks"]
    shown = f"--ServerApp.custom_display_url=http://127.0.0.1:{port}/lab"
    os.execvp("python3", ["python3", "-m", "jupyterlab", *options, shown])


if __name__ == "__main__":
    enable_audit()
    start()
