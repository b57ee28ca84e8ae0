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
    assert terminal.rows("accounts", "list")[0] == {"id": 0, "name": "outside", "keys": 0, "parent": "", "email": ""}
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


def test_a_key_is_kept_to_addresses_and_let_go_by_a_word_of_its_own(terminal: Terminal) -> None:
    """What it is kept to is shown; no address at all is a slip, and lifts nothing."""
    (made,) = terminal.rows("keys", "create", "alice")
    (kept,) = terminal.rows("keys", "restrict", made["key"], "--ip", "10.0.0.1", "--ip", "10.1.0.0/16")
    slips = [terminal.type("keys", "restrict", made["key"], *words) for words in ([], ["--any", "--ip", "10.0.0.1"])]
    (still,) = terminal.rows("keys", "list", "alice")
    (freed,) = terminal.rows("keys", "restrict", made["key"], "--any")

    assert kept["ip_allow_list"] == still["ip_allow_list"] == ["10.0.0.1", "10.1.0.0/16"]
    assert all(slip.exit_code == 2 and "--any" in slip.stderr for slip in slips)
    assert freed["ip_allow_list"] == []


def test_an_option_before_the_command_is_told_its_place() -> None:
    """It belongs behind the command; what is no option there either is told the same."""
    ended = CliRunner().invoke(cli, ["--data", "somewhere", "accounts"])

    assert ended.exit_code == 2
    assert "`bedesten accounts --data DIR`" in ended.stderr


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


def test_an_account_is_opened_with_an_e_mail_address_or_given_one_later(terminal: Terminal) -> None:
    """Shown in the lists, nobody else's in any case, and in the audit log; nothing is opened where the address is refused."""
    assert terminal.rows("accounts", "open", "bob", "--email", "bob@example.com")[0]["email"] == "bob@example.com"
    assert terminal.rows("accounts", "set", "alice", "--email", "alice@example.com")[0]["email"] == "alice@example.com"
    assert terminal.rows("accounts", "set", "alice", "--email", "al@example.com")[0]["email"] == "al@example.com"
    terminal.lines("accounts", "open", "alice-sub", "--parent", "alice")

    assert "another customer's" in terminal.refused("accounts", "open", "carol", "--email", "BOB@example.com")
    assert "another customer's" in terminal.refused("accounts", "set", "alice", "--email", "bob@EXAMPLE.com")
    assert "no e-mail address" in terminal.refused("accounts", "open", "carol", "--email", "carol")
    assert "sub-account" in terminal.refused("accounts", "open", "x", "--parent", "alice", "--email", "x@example.com")
    assert "sub-account" in terminal.refused("accounts", "set", "alice-sub", "--email", "x@example.com")
    assert "own account" in terminal.refused("accounts", "set", "fees", "--email", "fees@example.com")
    assert "already" in terminal.refused("accounts", "open", "BOB", "--email", "other@example.com")

    terminal.lines("accounts", "open", "dora", "--email", "alice@example.com")  # given up by alice
    emails = {row["name"]: row["email"] for row in terminal.rows("accounts") if row["id"] > 15}
    assert emails == {"alice": "al@example.com", "bob": "bob@example.com", "alice-sub": "", "dora": "alice@example.com"}
    assert terminal.rows("customers")[1]["email"] == "al@example.com"
    noted = [row["detail"] for row in terminal.rows("audit") if row["action"] == "set_account"]
    assert noted[0] == {"account": "alice", "email": "alice@example.com"}


@pytest.mark.parametrize(
    "words",
    [
        ("bank", "deposit", "alice", "-5", "R1"),
        ("bank", "deposit", "--asset", "TWD", "alice", "-5", "R1", "--bank", "004"),
        ("bank", "deposit", "alice", "nan", "R1"),
        ("bank", "deposit", "alice", "1e30", "R1"),
        ("bank", "deposit", "alice", "0", "R1"),
        ("bank", "paid", "-5"),
        ("deposit", "alice", "BTC", "-5"),
        ("deposit", "alice", "BTC", "1e30"),
        ("deposit", "alice", "BTC", "inf"),
        ("faucet", "Bitcoin", "BTC", "-1", "x"),
        ("holds", "release", "-5"),
        ("withdrawals", "approve", "-5"),
        ("withdrawals", "reject", "-5"),
        ("chain", "reorganize", "Bitcoin", "-1"),
        ("chain", "fail", "-1"),
        ("index", "BTC-USD", "-1"),
        ("index", "BTC-USD", "1e30"),
        ("accounts", "tier", "alice", "-1"),
        ("outbox", "--limit", "-5"),
        ("customers", "set", "alice"),
        ("customers", "set", "alice", "--level", "-1"),
        ("customers", "set", "alice", "--level", "9", "--status", "blocked"),
        ("customers", "set", "alice", "--status", "blocked", "--vip", "-1"),
        ("venue", "list-asset", "ATOM", "Cosmos", "--scale", "-1"),
        ("venue", "list-instrument", "XLM", "EUR", "--group", "btse", "--lot-size", "1", "--tick-size", "-1"),
        ("venue", "set", "assets.BTC.fiat", "true"),
        ("venue", "set", "--", "instruments.BTC-USD.min_notional", "-10"),
        ("venue", "set", "networks.Bitcoin.assets.USD", "{ withdraw_fee = 1 }"),
    ],
)
def test_nonsense_is_refused_in_words_and_changes_nothing(terminal: Terminal, words: tuple[str, ...]) -> None:
    """Amounts below nothing, that are none, or that no account could hold; contradictions; in whatever order options come."""
    terminal.lines("accounts", "set", "alice", "--email", "alice@example.com")
    before = [
        terminal.type(*looks).stdout for looks in (("accounts",), ("customers",), ("venue", "show"), ("instruments",))
    ]
    at = words.index("--") if "--" in words else len(words)

    result = CliRunner().invoke(cli, [*words[:at], "--data", str(terminal.directory), *words[at:]])

    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr.startswith("bedesten: ") and len(result.stderr.split()) > 5
    after = [
        terminal.type(*looks).stdout for looks in (("accounts",), ("customers",), ("venue", "show"), ("instruments",))
    ]
    assert after == before
    assert terminal.lines("accounts", "balances", "alice") == []


def test_the_log_says_which_asset_and_a_halt_what_was_before(terminal: Terminal) -> None:
    """A code of an asset is no secret; the state that the file does not name is that of trading."""
    terminal.lines("venue", "list-asset", "ATOM", "Cosmos", "--scale", "6")
    terminal.lines("venue", "set", "assets.ATOM.name", '"Cosmos Hub"')
    halted = terminal.rows("instruments", "halt", "BTC-USD")
    resumed = terminal.rows("instruments", "resume", "BTC-USD")

    assert [(row["before"], row["after"]) for row in halted + resumed] == [("trading", "halted"), ("halted", "trading")]
    details = {row["action"]: row["detail"] for row in terminal.rows("audit")}
    assert details["list_asset"]["asset"] == "ATOM"
    assert details["set_state"]["changes"] == ["instruments.BTC-USD.state: halted → trading"]
