"""`lab.jobs` runs programs to their end, and counts what each leaves in Vault and in AWS."""

from pathlib import Path

import pytest

from labkit import Lab, LabError
from labkit.evidence.evidence import Evidence
from labkit.experiments.workload import jobs
from labkit.experiments.workload.preparing import WorkloadEnvironment
from labkit.experiments.workload.tools import python
from tests.experiments.workload.test_workload import of_workloads

TIDY = Path(__file__).parents[3] / "notebooks" / "applications" / "tools" / "tidy.py"

pytestmark = pytest.mark.integration


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    """Return the tidy program without the revocation at its end."""
    path = tmp_path / "untidy.py"
    path.write_text(TIDY.read_text().replace("vault.auth.token.revoke_self()", "pass"))
    return path


def left(lab: Lab, job: str) -> tuple[int, int, int]:
    found = lab.evidence.finished_jobs()[job].job
    return found.tokens, found.leases, found.users


def test_what_a_program_leaves_is_counted_and_then_removed(lab: Lab, untidy: Path) -> None:
    found = lab.jobs({"tidy": python(TIDY), "untidy": untidy})

    assert [one.job.status for one in found.finished] == [0, 0]
    assert [(one.logins, len(one.users)) for one in found.finished] == [(1, 1), (1, 1)]
    assert (left(lab, "tidy"), left(lab, "untidy")) == ((0, 0, 0), (1, 1, 1))
    users = lab.aws().client("iam").list_users()["Users"]
    assert not [user for user in users if "-workload-" in user["UserName"]]
    assert of_workloads(lab) == []
    where = WorkloadEnvironment(lab.root, lab.aws(), lab.names, "", "")
    assert jobs.tokens_of(where, "untidy") == []


def test_jobs_can_be_saved_and_loaded(lab: Lab, tmp_path: Path) -> None:
    found = lab.jobs({"saved": python(TIDY)})

    lab.save(tmp_path / "evidence.jsonl")

    again = Evidence.load(tmp_path / "evidence.jsonl").finished_jobs()
    assert again["saved"] == found["saved"]


def test_a_program_that_fails_is_shown_with_its_last_words(lab: Lab, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text("raise SystemExit('no coffee')\n")

    found = lab.jobs({"broken": program})

    assert found["broken"].job.status == 1
    assert "no coffee" in found["broken"].job.message
    assert left(lab, "broken") == (0, 0, 0)


def test_a_program_that_does_not_end_is_ended(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LONGEST", 0.5)
    program = tmp_path / "program.py"
    program.write_text("import time\ntime.sleep(60)\n")

    with pytest.raises(LabError, match="The job endless did not end"):
        lab.jobs({"endless": program})
    assert of_workloads(lab) == []


def test_leases_that_do_not_end_in_time_are_an_error_and_are_revoked(
    lab: Lab, untidy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LATE", 0.1)

    with pytest.raises(LabError, match="leases to end"):
        lab.jobs({"hourly": untidy}, wait=0.1)
    users = lab.aws().client("iam").list_users()["Users"]
    assert not [user for user in users if "-workload-" in user["UserName"]]
    where = WorkloadEnvironment(lab.root, lab.aws(), lab.names, "", "")
    assert jobs.tokens_of(where, "hourly") == []


def test_an_unknown_job_is_named(lab: Lab) -> None:
    with pytest.raises(LabError, match="No job is called 'nobody'"):
        lab.evidence.finished_jobs()["nobody"]
