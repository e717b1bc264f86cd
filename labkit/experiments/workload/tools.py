"""The tools of notebook 13, which `make tools` installs beside this Python."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit.display.tables import Grid, Tabular

FOLDER_VARIABLE = "LABKIT_TOOLS"
INSTALL = "run `make tools`"
NO_NODE = f"Node.js is not installed; install it and npm, then {INSTALL}"


@dataclass(frozen=True)
class Tool:
    """A tool, and the program that it runs.

    Args:
        name: what the tool is called.
        command: the command line.
        missing: why the tool cannot run here; empty if it can.
    """

    name: str
    command: tuple[str, ...]
    missing: str


@dataclass(frozen=True)
class Tools(Tabular):
    """The tools that can run here, and those that are skipped.

    Args:
        tools: all of them.
    """

    tools: tuple[Tool, ...]

    @property
    def commands(self) -> dict[str, tuple[str, ...]]:
        """The command line of each tool that can run, by its name."""
        return {tool.name: tool.command for tool in self.tools if not tool.missing}

    @property
    def skipped(self) -> dict[str, str]:
        """Why a tool is skipped, by its name."""
        return {tool.name: tool.missing for tool in self.tools if tool.missing}

    @property
    def table(self) -> Grid:
        """A row for each tool: whether it runs here."""
        here = [f"skipped: {one.missing}" if one.missing else "runs" for one in self.tools]
        names = [one.name for one in self.tools]
        return Grid("tools on this machine", ("tool", "here"), tuple(zip(names, here, strict=True)))

    def __repr__(self) -> str:
        """Return which tools there are, here or not."""
        return f"Tools({', '.join(tool.name for tool in self.tools)})"


def find_tools(programs: Path, env: Mapping[str, str] | None = None) -> Tools:
    """Look for Ansible, JavaScript and the AWS CLI.

    Args:
        programs: the folder of their programs, `notebooks/applications/tools`.
        env: the environment; LABKIT_TOOLS names another folder than that of `make tools`.
    """
    env = os.environ if env is None else env
    folder = Path(env.get(FOLDER_VARIABLE) or Path(sys.prefix, "tools"))
    path = env.get("PATH", os.defpath)
    ansible = _ansible(folder, programs / "ansible.yml")
    javascript = _javascript(folder, programs / "javascript.cjs", shutil.which("node", path=path))
    return Tools((ansible, javascript, _cli(folder, programs / "cli.sh", path)))


def python(program: Path) -> tuple[str, ...]:
    """Return the command line of a Python program, which needs no tool."""
    return (sys.executable, str(program.resolve()))


def _ansible(folder: Path, playbook: Path) -> Tool:
    program = folder / "bin" / "ansible-playbook"
    quiet = ("ANSIBLE_LOCALHOST_WARNING=false", "ANSIBLE_INVENTORY_UNPARSED_WARNING=false")
    line = ("env", *quiet, str(program), str(playbook.resolve()))
    return Tool("ansible", line, _missing(program, "Ansible"))


def _javascript(folder: Path, program: Path, node: str | None) -> Tool:
    modules = folder / "node_modules"
    line = ("env", f"NODE_PATH={modules}", node or "node", str(program.resolve()))
    reason = _missing(modules / "node-vault", "node-vault") if node else NO_NODE
    return Tool("javascript", line, reason)


def _cli(folder: Path, program: Path, path: str) -> Tool:
    own = (Path(sys.executable).parent, folder / "bin")
    paths = os.pathsep.join([*map(str, own), path])
    line = ("env", f"PATH={paths}", "sh", str(program.resolve()))
    return Tool("cli", line, _missing(folder / "bin" / "aws", "the AWS CLI"))


def _missing(needed: Path, name: str) -> str:
    return "" if needed.exists() else f"{name} is not installed; {INSTALL}"
