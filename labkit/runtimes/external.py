"""The external runtime: a Vault and an AWS API that stand already."""

from collections.abc import Mapping
from pathlib import Path

from labkit.errors import StartError
from labkit.runtimes.endpoints import Endpoints
from labkit.vault.client import connect

REAL_AWS_VARIABLE = "LABKIT_REAL_AWS"
AWS_TOKEN_VARIABLE = "LABKIT_AWS_TOKEN"  # noqa: S105 - a variable's name


class External:
    """The servers that the environment names; the lab starts and stops none of them.

    Args:
        env: VAULT_ADDR and VAULT_TOKEN; AWS_ENDPOINT_URL, or LABKIT_REAL_AWS=yes for real AWS;
            VAULT_NAMESPACE, if the lab may use nothing outside that namespace.
    """

    name = "external"
    shared = True
    outlives_lab = True
    shows_plugins = False

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def start(self) -> Endpoints:
        """Return what the environment names; raise StartError if it is incomplete or not up."""
        endpoints = Endpoints(
            vault_url=self._required("VAULT_ADDR"),
            root_token=self._required("VAULT_TOKEN"),
            aws_url=self._aws_url(),
            aws_url_for_vault=self._env.get("LABKIT_AWS_URL_FOR_VAULT") or self._aws_url(),
            aws_token=self._env.get(AWS_TOKEN_VARIABLE, ""),
            region=self._env.get("AWS_REGION", Endpoints.region),
            audit_log=self._env.get("LABKIT_AUDIT_LOG", ""),
            namespace=self._env.get("VAULT_NAMESPACE", "").strip("/"),
        )
        _check_vault(endpoints.vault_url)
        return endpoints

    def stop(self) -> None:
        """Leave the servers as they are."""

    def audit_log(self) -> Path | None:
        """Return the file that LABKIT_AUDIT_LOG names; None if it names none."""
        named = self._env.get("LABKIT_AUDIT_LOG")
        return Path(named) if named else None

    def _required(self, variable: str) -> str:
        value = self._env.get(variable)
        if not value:
            raise StartError(
                f"The external runtime needs VAULT_ADDR and VAULT_TOKEN, but {variable} is not set."
                " Set it, or use LABKIT_RUNTIME=embedded."
            )
        return value

    def _aws_url(self) -> str | None:
        url = self._env.get("AWS_ENDPOINT_URL")
        if not url and self._env.get(REAL_AWS_VARIABLE) != "yes":
            raise StartError(
                "The external runtime needs AWS_ENDPOINT_URL, but it is not set. Set it to an AWS "
                f"API of yours; {REAL_AWS_VARIABLE}=yes means real AWS, where users are created."
            )
        return url or None


def _check_vault(url: str) -> None:
    """Raise StartError unless a Vault answers there, initialised and unsealed."""
    import requests

    try:
        health = connect(url).sys.read_health_status(method="GET")
    except requests.exceptions.RequestException as error:
        raise StartError(
            f"Tried VAULT_ADDR={url}: nothing answered ({type(error).__name__}). "
            "Start that server, or unset VAULT_ADDR to use the embedded runtime."
        ) from error
    status = health if isinstance(health, dict) else health.json()
    if status.get("sealed", True):
        raise StartError(
            f"Vault at {url} answers, but it is sealed or not initialised. "
            "Unseal it (`vault operator unseal`), then start the lab again."
        )
