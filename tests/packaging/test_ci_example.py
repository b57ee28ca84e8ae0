"""The workflow for a bot's repository: it is one, and its commands do what they say, in an environment like a runner's."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.packaging.building import CONSTRAINTS, ROOT, STEP_S, blocks, environment

WORKFLOW: Final = ROOT / "examples" / "ci" / "github.yml"
ACTIONS: Final = {"actions/checkout@v4", "actions/setup-python@v5", "actions/upload-artifact@v4"}


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    return found


def commands(job: str) -> str:
    """Return what a job runs, as one program of the shell."""
    return "\n".join(step["run"] for step in jobs()[job]["steps"] if "run" in step)


def test_the_workflow_is_one() -> None:
    """Each job ends by itself in time and begins with the bot's files; each step is an action that is known, or a command."""
    for job in jobs().values():
        assert job["runs-on"] == "ubuntu-latest" and job["timeout-minutes"] <= 30
        assert job["steps"][0] == {"uses": "actions/checkout@v4"}
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            assert step.get("uses", "actions/checkout@v4") in ACTIONS
    assert jobs()["fixture"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]


@pytest.mark.long
def test_the_commands_of_both_jobs_run_in_a_bots_repository(wheel: Path, tmp_path: Path) -> None:
    """As they stand but for the port, under the shell that runners have; the package comes from this tree, not from an index."""
    (example,) = [block for block in blocks(ROOT / "README.md", "python") if "def test_" in block]
    (tmp_path / "test_bot.py").write_text(example)
    python = environment(tmp_path / ".venv")
    port = unused_port()
    moved = commands("beside").replace("8080", str(port))
    moved = moved.replace("bedesten sandbox ", f"bedesten sandbox --url http://127.0.0.1:{port} ")

    assert "1 passed" in shell(commands("fixture"), python, wheel)
    told = shell(moved, python, wheel)

    (price,) = json.loads(told.splitlines()[-1])
    assert price["symbol"] == "BTC-USD" and price["lastPrice"] > 0
    kept = [json.loads(line)["k"] for line in (tmp_path / "venue.jsonl").read_text().splitlines()]
    assert {"begin", "control", "clock", "request", "answer"} <= set(kept)


def shell(program: str, python: Path, wheel: Path) -> str:
    """Run a program as a runner does, end what it left behind, and return what it printed."""
    folder = python.parents[2]
    links = " ".join([str(wheel.parent), *os.environ.get("PIP_FIND_LINKS", "").split()])
    known = {"PATH": f"{python.parent}:/usr/bin:/bin", "HOME": str(Path.home())}
    with subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", program],
        cwd=folder, env={**known, "PIP_FIND_LINKS": links, "PIP_CONSTRAINT": str(CONSTRAINTS)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            out, error = process.communicate(timeout=STEP_S)
        finally:
            with contextlib.suppress(ProcessLookupError):  # it left nothing behind
                os.killpg(process.pid, signal.SIGTERM)
    assert process.returncode == 0, out + error
    return out


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
