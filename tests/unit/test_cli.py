"""The command line on a directory that no server runs on: operations, their output, and their refusals in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from bedesten.cli.commands import cli


class Terminal:
    """Types commands on one data directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def type(self, *words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--data", str(self.directory)])

    def lines(self, *words: str) -> list[list[str]]:
        """Return what a command that works printed, cell by cell."""
        result = self.type(*words)
        assert result.exit_code == 0, result.output
        return [line.split() for line in result.stdout.splitlines()]

    def rows(self, *words: str) -> Any:
        """Return what a command that works printed as JSON."""
        result = self.type(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def refused(self, *words: str) -> str:
        """Return the sentence that a command was refused with."""
        result = self.type(*words)
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr.startswith("bedesten: ")
        assert result.stderr.count("\n") == 1
        return result.stderr


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal in front of a new venue with one account."""
    made = Terminal(tmp_path / "data")
    made.lines("accounts", "open", "alice")
    return made


def test_accounts_are_opened_and_listed(terminal: Terminal) -> None:
    """As columns for a person, as JSON for a program; the venue's own accounts are there too."""
    opened = terminal.rows("accounts", "open", "bob")

    assert opened == [{"id": 17, "name": "bob"}]
    assert terminal.lines("accounts", "list")[-2:] == [["16", "alice", "0"], ["17", "bob", "0"]]
    assert terminal.rows("accounts", "list")[0] == {"id": 0, "name": "outside", "keys": 0, "parent": ""}
    assert terminal.rows("accounts") == terminal.rows("accounts", "list")


def test_a_sub_account_is_opened_under_its_parent(terminal: Terminal) -> None:
    """And listed with it; an account that is one itself has none, nor has nobody."""
    opened = terminal.rows("accounts", "open", "alice-bots", "--parent", "alice")

    assert opened == [{"id": 17, "name": "alice-bots"}]
    assert terminal.lines("accounts", "list")[-1] == ["17", "alice-bots", "0", "alice"]
    for parent, words in (("alice-bots", "cannot have sub-accounts"), ("carol", "no account 'carol'")):
        assert words in terminal.refused("accounts", "open", "deep", "--parent", parent)


def test_deposits_add_up_exactly(terminal: Terminal) -> None:
    """Decimals are taken as they are written."""
    terminal.lines("deposit", "alice", "BTC", "0.1")
    terminal.lines("deposit", "alice", "BTC", "0.20000001")

    assert terminal.lines("accounts", "balances", "alice") == [
        ["asset", "total", "available", "held"],
        ["BTC", "0.30000001", "0.30000001", "0"],
    ]
    assert terminal.rows("accounts", "balances", "alice") == [
        {"asset": "BTC", "total": "0.30000001", "available": "0.30000001", "held": "0"}
    ]


def test_a_key_is_shown_once_and_can_be_revoked(terminal: Terminal) -> None:
    """The secret is in the answer that made it and in no other."""
    (made,) = terminal.rows(
        "keys",
        "create",
        "alice",
        "--permissions",
        "read",
        "--label",
        "bot",
        "--ip",
        "10.0.0.0/8",
        "--expires",
        "2030-01-31",
    )
    (listed,) = terminal.rows("keys", "list", "alice")

    assert made == {**listed, "secret": made["secret"]}
    assert len(made["secret"]) >= 43
    assert listed == {
        "key": made["key"], "account": "alice", "permissions": ["read"], "label": "bot", "ip_allow_list": ["10.0.0.0/8"],
        "expires": "2030-01-31T00:00:00+00:00",
    }  # fmt: skip
    assert terminal.lines("keys", "revoke", made["key"]) == []
    assert terminal.rows("keys") == []


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("accounts open alice", "exists already"),
        ("accounts balances carol", "no account 'carol'"),
        ("deposit carol BTC 1", "no account 'carol'"),
        ("deposit alice NOPE 1", "no asset 'NOPE'"),
        ("deposit alice BTC 0.000000001", "finer than 8"),
        ("deposit alice BTC much", "not a plain decimal"),
        ("deposit alice BTC 0", "more than nothing"),
        ("deposit alice BTC -5", "more than nothing"),
        ("keys create carol", "no account 'carol'"),
        ("keys create alice --permissions read,fly", "no permission 'fly'"),
        ("keys create alice --permissions ,", "at least one permission"),
        ("keys create alice --ip 10.0.0.300", "10.0.0.300"),
        ("keys create alice --expires tomorrow", "'tomorrow' is no date"),
        ("keys revoke nothing", "no API key 'nothing'"),
        ("keys list carol", "no account 'carol'"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(terminal: Terminal, words: str, named: str) -> None:
    """Exit code 1, one line on standard error, nothing on standard output, and no key or account more than before."""
    before = terminal.rows("accounts"), terminal.rows("keys")

    assert named in terminal.refused(*words.split())
    assert (terminal.rows("accounts"), terminal.rows("keys")) == before


def test_a_mistyped_directory_is_not_made(tmp_path: Path) -> None:
    """Only opening an account begins a venue; a question does not."""
    elsewhere = Terminal(tmp_path / "dtaa")
    for words in ("accounts", "accounts list", "keys list", "deposit alice BTC 1", "accounts balances alice"):
        assert "there is no venue in" in elsewhere.refused(*words.split())

    assert not elsewhere.directory.exists()


def test_a_venue_in_memory_is_out_of_reach() -> None:
    """Nobody can operate on it from another process."""
    result = CliRunner().invoke(cli, ["accounts", "--data", ":memory:"])

    assert result.exit_code == 1
    assert "--data DIR" in result.stderr


@pytest.mark.parametrize("words", [["keys", "--data", "DIR", "list"], ["keys", "--data", "DIR", "--json"]])
def test_a_directory_said_to_the_group_is_meant(terminal: Terminal, words: list[str]) -> None:
    """`keys --data DIR list` asks DIR, and not the default directory."""
    terminal.lines("keys", "create", "alice")

    result = CliRunner().invoke(cli, [str(terminal.directory) if word == "DIR" else word for word in words])

    assert result.exit_code == 0
    assert "alice" in result.stdout


def test_the_environment_may_name_the_directory(terminal: Terminal) -> None:
    """BEDESTEN_DATA is --data for whoever types a lot."""
    result = CliRunner().invoke(cli, ["accounts", "list"], env={"BEDESTEN_DATA": str(terminal.directory)})

    assert "alice" in result.stdout


@pytest.mark.parametrize("named", ["localhost", "*", "10.0.0.0/99", "10.0.0.1:80"])
def test_a_proxy_that_cannot_be_told_by_its_address_is_refused(named: str) -> None:
    """It would be believed by nobody, or everybody, and in silence."""
    ended = CliRunner().invoke(cli, ["serve", "--trusted-proxy", named])

    assert ended.exit_code == 2
    assert named.partition("/")[0].partition(":")[0] in ended.output
