"""Withdrawals on a venue that runs: asked for over the wire, led by the operator's command line, through faults of the chain."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bedesten.chain.addresses import derive
from bedesten.cli.commands import cli
from bedesten.domain.networks import AddressFormat
from tests.e2e.process import Client, Server, Trader, run, serving

WAIT_S = 30  # a block of this venue takes one second, and the chains are looked at once a second
AWAY, ELSEWHERE = (derive(b"somebody else", AddressFormat.BITCOIN, at) for at in (1, 2))
VENUE_FILE = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001 }]
[venue]
name = "withdrawals"
[groups.main]
fees = [{ maker = 0.001, taker = 0.002 }]
[networks.Bitcoin]
format = "bitcoin"
block_seconds = 1
confirmations = 4
assets.BTC = { withdraw_min = 0.001, withdraw_fee = 0.0005, approve_above = 1 }
"""


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A venue of one network with quick blocks, on a directory."""
    place = tmp_path_factory.mktemp("venue")
    (place / "venue.toml").write_text(VENUE_FILE)
    with serving(place, "--data", str(place / "data"), "--config", str(place / "venue.toml")) as server:
        yield server, place / "data"


def told(directory: Path, *words: str) -> Any:
    """Return the rows that a command printed; nothing for one that prints nothing."""
    as_json = [] if words[:2] in (("withdrawals", "approve"), ("withdrawals", "reject")) else ["--json"]
    ended = CliRunner().invoke(cli, [*words, "--data", str(directory), *as_json])
    assert (ended.exit_code, ended.stderr) == (0, ""), ended.stderr
    return json.loads(ended.stdout or "null")


def customer(venue: tuple[Server, Path], name: str) -> Client:
    """Return a customer with two BTC."""
    server, directory = venue
    told(directory, "accounts", "open", name)
    told(directory, "deposit", name, "BTC", "2")
    (key,) = told(directory, "keys", "create", name, "--permissions", "read,wallet,withdraw")
    return Client(server, Trader(name, key["key"], key["secret"]))


def withdraw(client: Client, amount: str, address: str = AWAY) -> int:
    body = {"currency": "BTC-Bitcoin", "address": address, "tag": "", "amount": amount}
    return (
        int(client.call("POST", "/api/v3.2/user/wallet/withdraw", body=body)["withdraw_id"]) // 10
    )  # the number of its line


def comes(directory: Path, number: int, wanted: Callable[[str], bool]) -> None:
    """Wait until a withdrawal stands where it should; "" once it has ended."""
    end = time.monotonic() + WAIT_S
    stage = "never looked"
    while time.monotonic() < end:
        rows = {row["id"]: row["stage"] for row in told(directory, "withdrawals")}
        stage = rows.get(number, "")
        if wanted(stage):
            return
        time.sleep(0.1)
    raise AssertionError(f"withdrawal {number} stands at {stage!r}")


def balance(directory: Path, name: str) -> dict[str, str]:
    (row,) = told(directory, "accounts", "balances", name)
    return {key: row[key] for key in ("total", "held")}


def test_a_large_withdrawal_waits_for_the_operator(venue: tuple[Server, Path]) -> None:
    """Approved it is paid; rejected its money is back."""
    client, directory = customer(venue, "alice"), venue[1]
    first, second = withdraw(client, "1.1"), withdraw(client, "0.1")
    comes(directory, second, lambda stage: not stage)
    comes(directory, first, lambda stage: stage == "requested")

    told(directory, "withdrawals", "approve", str(first))
    comes(directory, first, lambda stage: not stage)
    assert balance(directory, "alice") == {"total": "0.8", "held": "0"}
    again = run("withdrawals", "approve", str(first), "--data", str(directory))
    assert (again.returncode, again.stderr) == (1, f"bedesten: no withdrawal {first} waits for approval\n")

    told(directory, "deposit", "alice", "BTC", "1")
    third = withdraw(client, "1.2")
    told(directory, "withdrawals", "reject", str(third))
    comes(directory, third, lambda stage: not stage)
    assert balance(directory, "alice") == {"total": "1.8", "held": "0"}


def test_faults_of_the_chain_are_brought_about_from_the_command_line(venue: tuple[Server, Path]) -> None:
    """Held back, mined again after a reorganization, failed and given back."""
    client, directory = customer(venue, "bob"), venue[1]
    numbers = []
    for amount in ("0.2", "0.3"):
        numbers.append(number := withdraw(client, amount))
        comes(directory, number, lambda stage: stage == "sent")
        (row,) = told(directory, "chain", "delay", str(number))
        assert (row["withdrawal"], row["state"]) == (number, "sent")
    paid, failed = numbers
    time.sleep(4.5)  # more blocks than a payment needs
    assert balance(directory, "bob") == {"total": "2", "held": "0.5"}

    told(directory, "chain", "include", str(paid))
    (row,) = told(directory, "chain", "fail", str(failed))
    told(directory, "chain", "reorganize", "Bitcoin", "1")
    for number in (paid, failed):
        comes(directory, number, lambda stage: not stage)

    assert row["state"] == "failed"
    assert balance(directory, "bob") == {"total": "1.8", "held": "0"}
    assert {row["withdrawal"] for row in told(directory, "chain")} >= {paid, failed}
    late = run("chain", "fail", str(paid), "--data", str(directory))
    assert (late.returncode, late.stderr) == (1, f"bedesten: no payment of withdrawal {paid} is under way\n")


def test_an_account_may_have_a_list_of_addresses(venue: tuple[Server, Path]) -> None:
    """From the first one on only those will do, until the list is lifted."""
    client, directory = customer(venue, "carol"), venue[1]
    listed = [{"network": "Bitcoin", "address": ELSEWHERE, "tag": ""}]
    assert told(directory, "withdrawals", "allow", "carol", "bitcoin", ELSEWHERE) == listed
    body = {"currency": "BTC-Bitcoin", "address": AWAY, "tag": "", "amount": "0.01"}
    refused = client.send("POST", "/api/v3.2/user/wallet/withdraw", body=body)

    assert (refused.status_code, "not on the account's list" in refused.text) == (400, True)
    withdraw(client, "0.01", ELSEWHERE)
    assert told(directory, "withdrawals", "allowed", "carol") == listed
    assert told(directory, "withdrawals", "disallow", "carol", "Bitcoin", ELSEWHERE) == []
    assert told(directory, "withdrawals", "disallow", "carol", "--any") == []
    withdraw(client, "0.01", AWAY)
