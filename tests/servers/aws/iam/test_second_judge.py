"""Our decisions beside those of @cloud-copilot/iam-simulate, an independent evaluator.

It is under the AGPL, so it is only called as a program: npm installs it into pytest's cache.
"""

import json
import subprocess
from pathlib import Path

import pytest

from labkit.servers.aws.iam import Reason, decide
from tests.servers.aws.iam.explained import rewritten
from tests.servers.aws.iam.generated import Case, as_judged, cases
from tests.servers.aws.npm import installed

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
def judge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(request, tmp_path_factory, "iam-simulate", (PACKAGE,))


def judged(folder: Path, found: list[Case]) -> list[Reason]:
    lines = "\n".join(json.dumps(as_judged(case)) for case in found)
    command = ["node", str(JUDGE), str(folder)]
    done = subprocess.run(command, input=lines, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return [NAMES[line] for line in done.stdout.split()]


def ours(case: Case) -> Reason:
    return decide(case.call, case.policies).reason


def test_no_decision_differs_without_a_page_that_explains_it(judge: Path) -> None:
    found = cases(DECISIONS, SEED)
    verdicts = judged(judge, found)
    assert len(verdicts) == DECISIONS
    assert min(verdicts.count(reason) for reason in Reason) > DECISIONS / 10
    differing = [case for case, theirs in zip(found, verdicts, strict=True) if ours(case) != theirs]
    explained = [rewritten(case) for case in differing]
    assert [ours(case) for case in explained] == [ours(case) for case in differing]
    again = judged(judge, explained)
    unexplained = [
        (case, ours(case), theirs)
        for case, theirs in zip(explained, again, strict=True)
        if ours(case) != theirs
    ]
    assert unexplained == []
    assert len(differing) < DECISIONS / 20
