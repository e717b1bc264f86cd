"""What belongs into one room of labkit stands in no other, and no file is too long to read."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LABKIT = ROOT / "labkit"
# Makes the figure of `labkit run`; what is in it, `labkit.plots` draws
FIGURES = {"commands/report.py"}
MOST_LINES = 250


def draws(tree: ast.Module) -> bool:
    """Return whether a module has a method of Axes called, or takes functions of `plots.style`."""
    return any(
        (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name))
        and node.value.id in ("ax", "axes", "figure", "plt")
        for node in ast.walk(tree)
    ) or any(
        isinstance(node, ast.ImportFrom) and node.module == "labkit.plots.style"
        for node in ast.walk(tree)
    )


def test_only_plots_draws() -> None:
    drawing = {
        str(file.relative_to(LABKIT))
        for file in LABKIT.rglob("*.py")
        if draws(ast.parse(file.read_text()))
    }

    outside = {name for name in drawing if not name.startswith("plots/")}
    assert "plots/storm.py" in drawing
    assert outside == FIGURES


def test_no_file_has_more_than_250_lines() -> None:
    files = [file for folder in ("labkit", "tests") for file in (ROOT / folder).rglob("*.py")]
    lines = {str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in files}

    assert len(lines) > 500
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_the_lab_loads_no_server_but_the_values_that_it_shares_with_the_aws_side() -> None:
    """The servers run in processes of their own; a notebook waits for nothing of theirs."""
    shown = "import sys; from labkit import Lab; print(*sys.modules)"
    command = [sys.executable, "-c", shown]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True)

    servers = {name for name in loaded.stdout.split() if name.startswith("labkit.servers")}
    shared = {name for name in servers if name.startswith("labkit.servers.aws.api")}
    assert "labkit.servers.aws.api.interface" in shared
    assert servers - shared == {"labkit.servers", "labkit.servers.aws"}


def test_the_lab_loads_no_experiment_and_no_check_before_it_is_used() -> None:
    shown = """
import sys
from labkit import Lab
print(*sys.modules)
Lab.storm, Lab.check
print(*sys.modules)
"""
    command = [sys.executable, "-c", shown]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)

    before, after = (
        {name for name in line.split() if re.match(r"labkit\.(experiments|notebook)\.", name)}
        for line in printed.stdout.splitlines()
    )
    assert before == {"labkit.notebook.current_lab"}
    assert "labkit.experiments.storm.storming" in after
    assert not any(name.startswith("labkit.experiments.incident") for name in after)


def test_the_lab_loads_of_evidence_only_what_is_used() -> None:
    """A story of leases needs no analysis of orphans, jobs, workloads or saved records."""
    shown = """
import sys
from datetime import UTC, datetime
from labkit import Lab
from labkit.evidence.evidence import Evidence
from labkit.vault.leases import Lease
print(*sys.modules)
at = datetime(2026, 1, 1, tzinfo=UTC)
found = Evidence()
found.one_clock = True
found.add("issue", 0.0, Lease("aws/creds/my-ec2-role/a", 60, 60, True, at, at))
found.lifetimes(), found.story()
print(*sys.modules)
"""
    command = [sys.executable, "-c", shown]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)

    before, after = (
        {name.removeprefix("labkit.") for name in line.split() if in_a_room_of_evidence(name)}
        for line in printed.stdout.splitlines()
    )
    assert before == {"evidence.evidence", "evidence.model.lease_events"}
    assert {"evidence.analyse.timeline", "evidence.analyse.story"} <= after
    unused = ("orphans", "jobs", "workload", "population", "joins", "clocks", "latency")
    assert not after & {f"evidence.analyse.{name}" for name in unused}
    assert not any(name.startswith("evidence.collect") for name in after)
    assert not after & {"evidence.records", "evidence.model.predictions", "evidence.model.uses"}


def in_a_room_of_evidence(name: str) -> bool:
    rooms = {"labkit.evidence", "labkit.evidence.model", "labkit.evidence.analyse"}
    return name.startswith("labkit.evidence") and name not in rooms


def test_the_lab_loads_nothing_of_shared_servers_before_it_finds_them() -> None:
    shown = "import sys; from labkit import Lab; print(*sys.modules)"
    command = [sys.executable, "-c", shown]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert "labkit.parts.connection" in loaded
    assert not any(name.startswith("labkit.ownership") for name in loaded)


def test_what_observes_leases_collects_nothing_before_it_is_called() -> None:
    shown = "import sys; from labkit import Lab; Lab.watch, Lab.orphans; print(*sys.modules)"
    command = [sys.executable, "-c", shown]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert "labkit.experiments.observing" in loaded
    collecting = {name for name in loaded if name.startswith("labkit.evidence.collect.")}
    assert collecting == set()
    assert "labkit.evidence.analyse.orphans" not in loaded


def test_a_check_loads_no_module_of_another_exercise() -> None:
    shown = """
import sys
from labkit.notebook.checks.checks import Checks
checks = Checks(None)
named, before = dir(checks), [*sys.modules]
checks.throttled_issue, checks.revoked_after_throttling
print("throttled_issue" in named and "revoked_at_once" in named)
print(*before)
print(*sys.modules)
"""
    command = [sys.executable, "-c", shown]
    printed = subprocess.run(command, capture_output=True, text=True, check=True)
    listed, *loaded = printed.stdout.splitlines()

    own, all_of = re.compile(r"labkit\.notebook\.checks\.(\w+)"), ({"checks", "look"})
    before, after = (
        {found for name in line.split() if (found := own.match(name))} for line in loaded
    )
    assert listed == "True"
    assert {found[1] for found in before} == all_of
    assert {found[1] for found in after} == {*all_of, "outages"}


@pytest.mark.parametrize(
    ("module", "rooms"),
    [
        ("extension", {"later", "notebook", "redact"}),
        ("magic", {"errors", "later", "machine", "notebook", "redact", "vault"}),
    ],
)
def test_the_magics_load_only_what_the_command_line_needs(module: str, rooms: set[str]) -> None:
    shown = f"import sys, labkit.notebook.{module}; print(*sys.modules)"
    command = [sys.executable, "-c", shown]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert {name.split(".")[1] for name in loaded if name.startswith("labkit.")} == rooms
    assert not any(name.startswith("labkit.notebook.checks") for name in loaded)


def test_the_lab_imports_no_module_only_to_run_its_file() -> None:
    """What runs in a process of its own is below `servers`, and its file is named by a path."""
    named = {
        f"{file.relative_to(LABKIT)}: {ast.unparse(node)}"
        for file in LABKIT.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and node.attr == "__file__"
    }

    assert named == {"aws/sessions.py: boto3.__file__"}
