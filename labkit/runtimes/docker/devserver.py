"""Vault's development server, made like the other Vaults of the lab."""

from labkit.vault.client import connect

DEVICE = "lab"
CONVENIENCE = "secret"  # a key-value store that only a development server has


def prepare(url: str, root_token: str, audit_log: str) -> None:
    """Enable the audit device `lab` (`PUT sys/audit/lab`), and take the key-value store away.

    Args:
        url: of the server.
        root_token: its root token.
        audit_log: path of the log, where the server runs; any user there may read it.
    """
    root = connect(url, root_token)
    if f"{DEVICE}/" not in root.sys.list_enabled_audit_devices()["data"]:
        options = {"file_path": audit_log, "mode": "0644"}
        root.sys.enable_audit_device("file", path=DEVICE, options=options)
    root.sys.disable_secrets_engine(CONVENIENCE)
