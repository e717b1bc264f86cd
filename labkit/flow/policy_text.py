"""The texts of the policies, for the names of a lab."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from labkit.flow.names import TUTORIAL, Names

POLICIES = Path(__file__).resolve().parent / "policies"
OWN_OPERATOR = "own-operator"  # on a shared Vault: no rights on what others made


def policy_text(name: str, names: Names, folder: Path = POLICIES) -> str:
    """Return the text of a policy for the names of a lab.

    Args:
        name: name of the policy on Vault, one of `names.policies`.
        names: names of the lab; paths in the text follow them.
        folder: where the tutorial's texts are.
    """
    tutorials = dict(zip(names.policies, TUTORIAL.policies, strict=True))[name]
    if not names.are_own:
        return (folder / f"{tutorials}.hcl").read_text()
    if name == names.operator_policy:
        return _filled((POLICIES / f"{OWN_OPERATOR}.hcl").read_text(), names)
    text = (folder / f"{tutorials}.hcl").read_text()
    return text.replace(f'"{TUTORIAL.mount}/', f'"{names.mount}/')


def _filled(text: str, names: Names) -> str:
    for field, value in asdict(names).items():
        text = text.replace(f"{{{field}}}", value)
    return text
