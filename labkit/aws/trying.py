"""Try a call that may be refused, and keep the word by which it was."""

from collections.abc import Callable
from typing import Any

from labkit.aws.probes import ALLOWED
from labkit.errors import LabError


def attempt(call: Callable[..., Any], *arguments: Any, **parameters: Any) -> str:  # noqa: ANN401
    """Make a call and return `allowed`, or the refusal: AWS's error code, or Vault's own words.

    Args:
        call: a method of a boto3 client, of an hvac client or of the lab.
        arguments: its positional arguments.
        parameters: its keyword arguments.
    """
    from botocore.exceptions import ClientError
    from hvac.exceptions import VaultError

    try:
        call(*arguments, **parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    except VaultError as error:
        return "; ".join(str(text).strip() for text in error.errors or [error])
    except LabError as error:
        return str(error)
    return ALLOWED
