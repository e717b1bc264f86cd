"""A user's AWS settings that must not be read: broken files, odd variables, a marker."""

from pathlib import Path

from botocore.configprovider import (
    BOTOCORE_DEFAUT_SESSION_VARIABLES,
    DEFAULT_S3_CONFIG_VARS,
)

OTHER_VARIABLES = (
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_REGION",
    "AWS_ENDPOINT_URL_IAM",
    "AWS_ENDPOINT_URL_STS",
    "AWS_ENDPOINT_URL_S3",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")


def aws_variables() -> list[str]:
    """Return the variables that botocore reads, but those that name the two files."""
    known = BOTOCORE_DEFAUT_SESSION_VARIABLES | DEFAULT_S3_CONFIG_VARS
    names: set[str] = set(OTHER_VARIABLES)
    for _, variables, *_ in known.values():
        names |= {variables} if isinstance(variables, str) else set(variables or ())
    return sorted(names - set(FILES))


def plant_aws_folder(home: Path) -> Path:
    """Write a `~/.aws` whose use leaves the marker that is returned."""
    marker = home / "credential_process-was-run"
    folder = home / ".aws"
    folder.mkdir(parents=True)
    run = f"[default]\ncredential_process = /bin/sh -c 'touch {marker}; exit 1'\n"
    (folder / "credentials").write_text(run)
    (folder / "config").write_text(f"{run}retry_mode = nonsense\nthis is no line of a config\n")
    return marker
