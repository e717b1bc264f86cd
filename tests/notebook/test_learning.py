"""Hints, solution, progress and certificate of a real lab."""

from pathlib import Path

import pytest

from labkit import Lab
from labkit.__main__ import main
from labkit.errors import LabError
from labkit.notebook import certificate

pytestmark = pytest.mark.integration


def test_each_hint_says_more_and_the_last_is_repeated(lab: Lab) -> None:
    check = lab.check.s3_role
    said = [check.hint() for _ in range(4)]

    assert said[0].startswith("Hint 1 of 3")
    assert said[1] not in said[0]
    assert said[2] == said[3]


def test_the_solution_is_shown_after_two_attempts_and_not_before(lab: Lab) -> None:
    check = lab.check.misleading_probe
    assert "Try first" in check.solution()
    assert not check()
    assert "Try first" in check.solution()
    assert not check()

    assert "assert lab.check.misleading_probe()" in check.solution()


def test_progress_survives_the_lab(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lab: Lab
) -> None:
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.jsonl"))
    lab.check.role_deleted()
    with Lab.start(through="engine", runtime="embedded", alongside=True) as other:
        assert other.progress().done == 0
        other.vault.sys.enable_secrets_engine("aws", path="aws-2")
        other.vault.sys.enable_secrets_engine("aws", path="aws-3")
        assert other.check.second_mount()

    found = {one.exercise.name: one for one in lab.progress().achievements}

    assert found["second_mount"].done is not None
    assert "my-ec2-role" in found["role_deleted"].hint
    assert "second_mount" in lab.progress()._repr_html_()


def test_a_certificate_is_verified_and_a_changed_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    lab: Lab,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("LABKIT_PROGRESS", str(tmp_path / "progress.jsonl"))
    with pytest.raises(LabError, match="No exercise is done yet"):
        lab.certificate("Ada", tmp_path / "early.html")
    from labkit.notebook import verdict_log
    from labkit.notebook.verdicts import DONE

    verdict_log.record("03", "s3_role", DONE)
    page = lab.certificate("Ada <script>", tmp_path / "certificate.html")

    assert main(["verify", str(page)]) == 0
    assert "Ada <script>, 1 of " in capsys.readouterr().out
    assert "Ada &lt;script&gt;" in page.read_text()
    forged = page.read_text().replace("s3_role", "nothing")
    with pytest.raises(LabError, match="changed after it was signed"):
        certificate.verify(forged)
    for broken in ("", "<html></html>", page.read_text().replace("public_key", "key")):
        with pytest.raises(LabError, match="no certificate"):
            certificate.verify(broken)
    lab.root.sys.disable_secrets_engine(certificate.MOUNT)
