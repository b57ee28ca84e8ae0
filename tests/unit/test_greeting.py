"""The command that the greeting tells a person to type is one that works where it is typed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bedesten.cli.greeting import command_as_typed


def program(directory: Path) -> Path:
    """Return an executable of the program's name."""
    directory.mkdir(parents=True)
    made = directory / "bedesten"
    made.write_text("#!/bin/sh\n")
    made.chmod(0o755)
    return made


def test_a_program_on_the_path_is_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No directory where none is needed."""
    made = program(tmp_path / "bin")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setattr(sys, "argv", [str(made)])

    assert command_as_typed() == "bedesten"


def test_a_program_elsewhere_is_called_by_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter when it lies below where the person stands."""
    made = program(tmp_path / "a venue" / ".venv" / "bin")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(sys, "argv", [str(made)])

    monkeypatch.chdir("/")
    assert command_as_typed() == f"'{str(made)[1:]}'"
    monkeypatch.chdir(tmp_path / "a venue")
    assert command_as_typed() == ".venv/bin/bedesten"


def test_a_module_is_run_by_its_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """As `python -m bedesten` was."""
    monkeypatch.setattr(sys, "argv", ["/somewhere/bedesten/__main__.py"])
    monkeypatch.setattr(sys, "executable", "/opt/python")
    monkeypatch.chdir("/tmp")

    assert command_as_typed() == "/opt/python -m bedesten"
