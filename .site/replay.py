"""The page "Replay": saved evidence of one run, moved through with a slider, without a kernel."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

LEASES = 5  # the leases after these are there for the tests
MARGIN_SECONDS = 0.2

HEAD = """# Replay

Saved evidence of one run of the lab. Move the slider, or press the arrow keys on it: the tables
show what Vault had and what AWS had at that moment. Nothing runs: the page holds the evidence.

"""


def replay_page(evidence: Path, script: str) -> str:
    """Return the page for the first leases of an evidence file.

    Args:
        evidence: JSON lines, as `lab.save(path)` writes them.
        script: the script that draws a moment.
    """
    data = json.dumps(replay_data(evidence), separators=(",", ":"))
    return (
        f"{HEAD}```{{raw}} html\n<div id='replay'>"
        "<label for='replay-time'>seconds since the first lease: <output id='replay-now'></output>"
        "</label><input id='replay-time' type='range' step='0.05'>"
        "<div id='replay-view' aria-live='polite' tabindex='0'></div></div>\n"
        f"<script type='application/json' id='replay-data'>{data}</script>\n"
        f"<script>\n{script}\n</script>\n```\n"
    )


def replay_data(path: Path) -> dict[str, Any]:
    """Return what the page shows, in seconds since the first lease was issued."""
    from labkit.evidence.evidence import Evidence

    evidence = Evidence.load(path)
    lives = evidence.lifetimes()[:LEASES]
    start = min(life.issued for life in lives)
    users = {life.user_name for life in lives}

    def at(time: float | None) -> float | None:
        return None if time is None else round(time - start, 3)

    leases = [
        {
            "name": f"lease {number}",
            "issued": at(life.issued),
            "renewals": [at(time) for time in life.renewals],
            "gone": at(life.gone),
            "created": at(life.user_created),
            "deleted": at(life.user_deleted),
            "how": life.ended_by,
        }
        for number, life in enumerate(lives, 1)
    ]
    calls = [
        [at(call.time), call.action, call.error or "ok"]
        for call in evidence.calls
        if call.target_user in users
    ]
    times = [time for life in lives for time in (at(life.gone), at(life.user_deleted)) if time]
    return {"leases": leases, "calls": calls, "end": max(times) + MARGIN_SECONDS}
