"""An operator's commands on a venue that runs: through its control socket, effective at once, kept when it stops."""

from __future__ import annotations

import json
import os
import pwd
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bedesten.cli.commands import cli
from tests.e2e.process import CALL_S, Client, Server, Trader, run, serving


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


@pytest.mark.parametrize(
    "words",
    [
        ["keys", "create", "outside", "--expires", "9999-12-31"],
        ["keys", "create", "outside", "--expires", "1970-01-01"],
        ["accounts", "open", "two\nlines"],
        ["accounts", "open", "x" * 65],
        ["accounts", "open", "\udcff"],
    ],
)
@pytest.mark.parametrize("is_running", [True, False])
def test_what_no_venue_can_keep_is_refused_in_a_sentence(
    venue: tuple[Server, Path], tmp_path: Path, words: list[str], is_running: bool
) -> None:
    """An end of time beyond the clock's, a key born dead, a name that no terminal shows or no file holds."""
    directory = venue[1] if is_running else tmp_path / "data"
    if not is_running:
        told(directory, "accounts", "open", "alice")
    ended = CliRunner().invoke(cli, [*words, "--data", str(directory)])

    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("bedesten: ") and len(ended.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "line",
    [
        b'{"operation":"open_account","arguments":{"name":5}}',
        b'{"operation":"create_key","arguments":{"account":"outside","permissions":[5]}}',
        b'{"operation":"create_key","arguments":{"account":"outside","permissions":["read"],"label":7}}',
        b'{"operation":"accounts","arguments":{"more":1}}',
        b'{"operation":"accounts","unknown":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b"",
    ],
)
def test_only_what_an_operation_takes_goes_through_the_socket(venue: tuple[Server, Path], line: bytes) -> None:
    """A name that is a number would be journaled, and no start could read it back."""
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(CALL_S)
        asking.connect(str(venue[1] / "control.sock"))
        asking.sendall(line + b"\n")
        answer = asking.makefile().readline()

    assert json.loads(answer)["error"]


def test_a_silent_operator_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """Who connected and asked nothing is dropped, without a word in the log."""
    server = Server("--data", str(tmp_path / "data"), log=tmp_path / "stderr.txt")
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(tmp_path / "data" / "control.sock"))
        silent.sendall(b'{"operation":')

        assert server.stop() == ""


def test_a_venue_that_ends_before_it_answers_is_told_so(tmp_path: Path) -> None:
    """The operator is told that the outcome is open, not shown our code."""
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(str(tmp_path / "control.sock"))
        mute.listen()
        hanging_up = threading.Thread(target=lambda: mute.accept()[0].close())
        hanging_up.start()
        ended = CliRunner().invoke(cli, ["accounts", "--data", str(tmp_path)])
        hanging_up.join()

    assert ended.exit_code == 1
    assert "before it answered" in ended.stderr


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


def test_the_audit_log_knows_who_asked_the_running_venue(venue: tuple[Server, Path]) -> None:
    """The kernel tells who is at the other end of the socket; verify proves the chain."""
    directory = venue[1]
    told(directory, "accounts", "open", "audited")

    entries = told(directory, "audit")
    proof = run("verify", "--data", str(directory))

    last = entries[-1]
    assert (last["action"], last["outcome"], last["detail"]["name"]) == ("open_account", "done", "audited")
    assert last["actor"] == f"operator {pwd.getpwuid(os.getuid()).pw_name}"
    assert f" {len(entries)} audit entries: all agree" in proof.stdout
