"""An operator's commands on a venue that runs: through its control socket, effective at once, kept when it stops."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bedesten.cli import cli
from tests.e2e.process import Client, Server, Trader, run, serving


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A venue without a demo, on a directory."""
    place = tmp_path_factory.mktemp("venue")
    with serving(place, "--data", str(place / "data")) as server:
        yield server, place / "data"


def told(directory: Path, *words: str) -> Any:
    """Return the rows that a command printed; typed within this process, which is quicker than a new one."""
    ended = CliRunner().invoke(cli, [*words, "--data", str(directory), "--json"])
    assert (ended.exit_code, ended.stderr) == (0, ""), ended.stderr
    return json.loads(ended.stdout)


def test_an_account_opened_while_the_venue_runs_can_trade(venue: tuple[Server, Path]) -> None:
    """Open, fund, hand out a key, trade with it, revoke it: from then on it is nobody's."""
    server, directory = venue
    (account,) = told(directory, "accounts", "open", "alice")
    told(directory, "deposit", "alice", "USD", "100.25")
    (key,) = told(directory, "keys", "create", "alice")
    client = Client(server, Trader("alice", key["key"], key["secret"]))

    (placed,) = client.place("BTC-USD", "BUY", price=1000, size=0.05)
    held = told(directory, "accounts", "balances", "alice")
    run("keys", "revoke", key["key"], "--data", str(directory))
    after = client.send("GET", "/api/v3.3/user/open_orders")

    assert account["name"] == "alice"
    assert placed["status"] == 2
    assert held == [{"asset": "USD", "total": "100.25", "available": "50.25", "held": "50"}]
    assert after.status_code == 401


def test_refusals_cross_the_socket_in_a_sentence(venue: tuple[Server, Path]) -> None:
    """The same words as on a venue that is stopped."""
    ended = run("deposit", "nobody", "USD", "1", "--data", str(venue[1]))

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == "bedesten: there is no account 'nobody'; open it first\n"


def test_the_control_socket_is_its_owners_alone(venue: tuple[Server, Path]) -> None:
    """Whoever may write to it may create money."""
    assert stat.S_IMODE((venue[1] / "control.sock").stat().st_mode) == 0o600


def test_what_the_operator_did_is_kept(tmp_path: Path) -> None:
    """A key made while the venue ran works after a kill; the account can be operated on with nobody running."""
    directory = tmp_path / "data"
    server = Server("--data", str(directory), log=tmp_path / "stderr.txt")
    told(directory, "accounts", "open", "bob")
    told(directory, "deposit", "bob", "BTC", "1")
    (key,) = told(directory, "keys", "create", "bob")
    server.kill()

    assert told(directory, "accounts", "balances", "bob")[0]["total"] == "1"
    with serving(tmp_path, "--data", str(directory)) as after:
        wallet = Client(after, Trader("bob", key["key"], key["secret"])).call("GET", "/api/v3.2/user/wallet")
    assert {row["currency"]: row["total"] for row in wallet}["BTC"] == 1
