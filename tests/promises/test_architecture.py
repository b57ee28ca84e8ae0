"""ARCHITECTURE.md shows the rooms that there are, and the services in the rows that import-linter holds them to."""

from __future__ import annotations

import re
import tomllib

from tests.promises.test_tidy import ROOT, SRC

PAGE = (ROOT / "ARCHITECTURE.md").read_text()
NOT_ROOMS = {"__main__", "extras", "scenarios", "venues"}  # the command, a list of extras, and files


def _first_cells(section: str) -> list[list[str]]:
    """Return what the first cell of each row of a section's table names."""
    text = PAGE.split(f"## {section}\n", 1)[1].split("\n## ", 1)[0]
    cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return [re.findall(r"`([a-z_]+)`", cell) for cell in cells]


def _modules(folder: str = "") -> set[str]:
    """Return what may be imported from a folder of the sources."""
    paths = (SRC / folder).iterdir()
    return {path.stem for path in paths if (path / "__init__.py").is_file() or path.suffix == ".py"} - {"__init__"}


def test_every_room_is_in_the_table_of_rooms() -> None:
    """Each package and module at the top of the sources has a row in the table, and each row is there."""
    named = {room for cell in _first_cells("The rooms") for room in cell}
    assert named == _modules() - NOT_ROOMS


def test_the_rows_of_services_are_those_that_are_checked() -> None:
    """The table of rows is the contract of import-linter, row by row, and has every service."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(each["layers"] for each in contracts if each.get("containers") == ["bedesten.services"])
    told = _first_cells("The services' rows")
    assert told == [row.split(" | ") for row in layers]
    assert {service for row in told for service in row} == _modules("services")
