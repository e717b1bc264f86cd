"""Our decisions beside those of @cloud-copilot/iam-simulate, an independent evaluator.

It is under the AGPL, so it is only called as a program: npm installs it into pytest's cache.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from labkit.servers.aws.iam import Reason, decide
from tests.servers.aws.iam.explained import rewritten
from tests.servers.aws.iam.generated import Case, as_judged, cases

PACKAGE = "@cloud-copilot/iam-simulate@0.1.173"
DECISIONS = 3000
SEED = 12
JUDGE = Path(__file__).with_name("judge.mjs")
NAMES = {
    "Allowed": Reason.ALLOWED,
    "ExplicitlyDenied": Reason.EXPLICIT_DENY,
    "ImplicitlyDenied": Reason.IMPLICIT_DENY,
}


@pytest.fixture(scope="module")
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    cache = getattr(request.config, "cache", None)
    folder = cache.mkdir("iam-simulate") if cache else tmp_path_factory.mktemp("iam-simulate")
    if (folder / "node_modules").exists():
        return Path(folder)
    npm = shutil.which("npm") or _cannot("npm is not installed")
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]
    command = [*install, str(folder), PACKAGE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return Path(folder) if done.returncode == 0 else _cannot(f"npm failed: {done.stderr}")


def _cannot(reason: str) -> str:
    (pytest.fail if os.environ.get("CI") else pytest.skip)(f"no second judge: {reason}")


def judged(folder: Path, found: list[Case]) -> list[Reason]:
    lines = "\n".join(json.dumps(as_judged(case)) for case in found)
    command = ["node", str(JUDGE), str(folder)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [NAMES[line] for line in done.stdout.split()]


def ours(case: Case) -> Reason:
    return decide(case.call, case.policies).reason


def test_no_decision_differs_without_a_page_that_explains_it(installed: Path) -> None:
    found = cases(DECISIONS, SEED)
    verdicts = judged(installed, found)
    assert len(verdicts) == DECISIONS
    assert min(verdicts.count(reason) for reason in Reason) > DECISIONS / 10
    differing = [case for case, theirs in zip(found, verdicts, strict=True) if ours(case) != theirs]
    explained = [rewritten(case) for case in differing]
    assert [ours(case) for case in explained] == [ours(case) for case in differing]
    again = judged(installed, explained)
    unexplained = [
        (case, ours(case), theirs)
        for case, theirs in zip(explained, again, strict=True)
        if ours(case) != theirs
    ]
    assert unexplained == []
    assert len(differing) < DECISIONS / 20
