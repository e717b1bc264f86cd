"""Checks about secrets engines (notebooks 01 and 11)."""

from __future__ import annotations

from labkit.evidence.collect.inventory import leases_in_vault
from labkit.notebook.checks.look import Look
from labkit.notebook.verdicts import Verdict, done_if, not_yet


def second_mount(look: Look, at_least: int = 3) -> Verdict:
    """Count the AWS secrets engines (notebook 01, which itself enables two).

    Args:
        look: the lab as the check sees it.
        at_least: how many must be enabled.
    """
    paths = look.aws_mounts()
    return done_if(
        len(paths) >= at_least,
        f"{at_least} engines of type aws are wanted; they are enabled at: {_shown(paths)}",
    )


def engines_disabled(look: Look) -> Verdict:
    """Check that engines were disabled, and that only the lab's own is left (notebook 01)."""
    paths = look.aws_mounts()
    if paths != [f"{look.mount}/"]:
        left = f"only {look.mount}/ must be left; engines of type aws are at: {_shown(paths)}"
        return not_yet(left)
    return done_if(
        look.requests("delete", "sys/mounts/") != [],
        "Vault's audit log has no request that disabled an engine",
    )


def coupons_live_longer(look: Look, ttl: int = 15, path: str = "coupons") -> Verdict:
    """Take a coupon and look at its lease (notebook 11).

    Args:
        look: the lab as the check sees it.
        ttl: the seconds that a new coupon must live.
        path: where the engine is mounted.
    """
    answer = look.on.root.read(f"{path}/new")
    if not answer:
        return not_yet(f"{path}/new gave no coupon")
    look.on.root.sys.revoke_lease(answer["lease_id"])
    if (seconds := answer["lease_duration"]) != ttl:
        return not_yet(f"a new coupon lives for {seconds} s; {ttl} s are wanted")
    return done_if(
        not look.requests("delete", f"sys/mounts/{path}"),
        f"{path}/ was disabled on the way, and all its leases ended",
    )


def coupons_end_with_the_engine(look: Look, path: str = "coupons") -> Verdict:
    """Check that an engine with leases was disabled and no lease is left (notebook 11).

    Args:
        look: the lab as the check sees it.
        path: where the engine was mounted.
    """
    if f"{path}/" in look.on.root.sys.list_mounted_secrets_engines()["data"]:
        return not_yet(f"an engine is enabled at {path}/")
    if look.requests("read", f"{path}/new") == []:
        return not_yet(f"Vault's audit log has no coupon that {path}/ issued")
    left = leases_in_vault(look.on.root, f"{path}/")
    return done_if(not left, f"{len(left)} leases of {path}/ are left")


def _shown(paths: list[str]) -> str:
    return ", ".join(sorted(paths)) or "nowhere"
