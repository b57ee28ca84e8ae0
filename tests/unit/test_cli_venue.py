"""The commands that change a venue, typed on a directory that no server runs on."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bedesten.cli.commands import cli


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A new venue on the packaged rules, with one account."""
    typed(tmp_path / "data", "accounts", "open", "alice")
    return tmp_path / "data"


def typed(directory: Path, *words: str) -> Result:
    """Type a command that works."""
    ended = CliRunner().invoke(cli, [*words, "--data", str(directory)])
    assert ended.exit_code == 0, (ended.output, ended.exception)
    return ended


def state_of(directory: Path, name: str) -> Any:
    """Return what the list of instruments says of one."""
    rows = json.loads(typed(directory, "instruments", "--json").stdout)
    return next(row for row in rows if row["name"] == name)


def test_instruments_are_halted_and_resumed(directory: Path) -> None:
    """By name, or all of them; one of the two has to be said."""
    said = typed(directory, "instruments", "halt", "BTC-USD").stdout
    assert "instruments.BTC-USD.state" in said and "now" in said
    assert (state_of(directory, "BTC-USD")["state"], state_of(directory, "ETH-USD")["state"]) == ("halted", "trading")

    typed(directory, "instruments", "cancel-only", "--all")
    assert state_of(directory, "ETH-USD")["state"] == "cancel_only"
    assert CliRunner().invoke(cli, ["instruments", "resume", "--data", str(directory)]).exit_code == 2


def test_the_file_in_force_is_shown_edited_and_applied(directory: Path, tmp_path: Path) -> None:
    """What is shown can be applied, and then changes nothing."""
    typed(directory, "venue", "set", "venue.name", "mine")
    shown = typed(directory, "venue", "show").stdout
    assert 'name = "mine"' in shown
    file = tmp_path / "venue.toml"
    file.write_text(shown)

    assert typed(directory, "venue", "apply", str(file)).stdout == ""
    file.write_text(shown.replace('name = "mine"', 'name = "ours"'))
    assert "from the next start" in typed(directory, "venue", "apply", str(file)).stdout


def test_a_file_that_is_none_is_named_or_told_what_is_wrong_in_it(directory: Path, tmp_path: Path) -> None:
    """In the words of a file that is given at the start, and with the place."""
    (tmp_path / "prose.toml").write_text("# Notes\n\nNot a venue.\n")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    said = {
        name: CliRunner().invoke(cli, ["venue", "apply", str(tmp_path / name), "--data", str(directory)]).stderr
        for name in ("prose.toml", "bytes.toml", "none.toml")
    }

    assert "not valid TOML" in said["prose.toml"] and "line 3" in said["prose.toml"]
    assert "is no text in UTF-8" in said["bytes.toml"]
    assert "No such file or directory" in said["none.toml"] and "`venue apply FILE`" in said["none.toml"]


def test_the_changes_that_the_operators_guide_shows_are_taken(directory: Path) -> None:
    """Line by line, on the packaged rules."""
    guide = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    lines = re.findall(r"^bedesten (venue (?:set|list-\w+) .*?) --data DIR", guide, re.MULTILINE)

    assert len(lines) >= 5
    for line in lines:
        assert "now" in typed(directory, *shlex.split(line)).stdout


def test_a_new_pair_is_listed_and_priced(directory: Path) -> None:
    """An asset, an instrument on a group's rules, and its index price."""
    group = next(
        line.split(".")[1].rstrip("]") for line in typed(directory, "venue", "show").stdout.splitlines()
        if line.startswith("[groups.")
    )  # fmt: skip
    typed(directory, "venue", "list-asset", "ZZZ", "Zed", "--scale", "6")
    typed(
        directory,
        "venue",
        "list-instrument",
        "ZZZ",
        "USD",
        "--group",
        group,
        "--tick-size",
        "0.001",
        "--lot-size",
        "0.01",
    )
    typed(directory, "index", "ZZZ-USD", "1.234")

    assert state_of(directory, "ZZZ-USD")["index"] == "1.234"


def test_accounts_are_suspended_and_tiered_and_all_of_it_is_in_the_log(directory: Path) -> None:
    """Who did what can be read afterwards."""
    typed(directory, "accounts", "suspend", "alice")
    typed(directory, "accounts", "unsuspend", "alice")
    typed(directory, "accounts", "tier", "alice", "1")

    entries = json.loads(typed(directory, "audit", "--json").stdout)
    actions = ["open_account", "suspend_account", "suspend_account", "set_fee_tier"]
    assert [entry["action"] for entry in entries] == actions


@pytest.mark.parametrize(
    "words",
    [
        ("venue", "apply", "/nowhere/venue.toml"),
        ("venue", "set", "nonsense.key", "1"),
        ("instruments", "halt", "BTC-NOTHING"),
        ("index", "BTC-USD", "-5"),
        ("accounts", "suspend", "nobody"),
        ("accounts", "tier", "alice", "-1"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(directory: Path, words: tuple[str, ...]) -> None:
    """Exit code 1, one line, no traceback."""
    ended = CliRunner().invoke(cli, [*words, "--data", str(directory)])

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("bedesten: ") and ended.stderr.count("\n") == 1
