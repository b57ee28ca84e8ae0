"""Starts that cannot work say what is wrong and what to do, exit with 1 and change nothing; a stop is quick under load."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from tests.e2e.process import Client, Server, Trader, run, serving


def contents(directory: Path) -> dict[str, str]:
    """Return a hash of every file."""
    return {
        str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def refused(*arguments: str, env: dict[str, str] | None = None) -> str:
    """Return the one sentence in which a start is refused."""
    ended = run("serve", "--port", "0", *arguments, env=env)
    assert ended.returncode == 1, ended
    assert ended.stdout == ""
    assert ended.stderr.startswith("bedesten: ")
    assert ended.stderr.count("\n") == 1, ended.stderr
    return ended.stderr


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Path]]:
    """A venue that runs on a directory."""
    place = tmp_path_factory.mktemp("venue")
    with serving(place, "--data", str(place / "data")) as server:
        yield server, place / "data"


def test_a_taken_port_is_named(venue: tuple[Server, Path], tmp_path: Path) -> None:
    """The other start's directory is not even made."""
    port = venue[0].url.rpartition(":")[2]

    said = refused("--port", port, "--data", str(tmp_path / "other"))

    assert f"127.0.0.1:{port}" in said
    assert "--port" in said
    assert not (tmp_path / "other").exists()


VENUE = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00001 }]
venue = { name = "test" }
"""


def test_a_venue_file_that_does_not_fit_changes_nothing(tmp_path: Path) -> None:
    """Its new fee is not taken over when its new fee rule has to wait for open orders to end."""
    old, new, data = tmp_path / "old.toml", tmp_path / "new.toml", tmp_path / "data"
    old.write_text(VENUE + "[groups.plain]\nfees = [{ maker = 0.0005, taker = 0.0006 }]\n")
    new.write_text(VENUE + '[groups.plain]\nfees = [{ maker = 0.0004, taker = 0.0006 }]\nfee_rule = "in_quote"\n')
    with serving(tmp_path, "--data", str(data), "--config", str(old)) as server:
        run("accounts", "open", "alice", "--data", str(data))
        run("deposit", "alice", "USD", "100", "--data", str(data))
        (key,) = json.loads(run("keys", "create", "alice", "--json", "--data", str(data)).stdout)
        Client(server, Trader("alice", key["key"], key["secret"])).place("BTC-USD", "BUY", price=1000, size=0.05)
    before = run("replay", "--data", str(data)).stdout.splitlines()[-1]

    said = refused("--data", str(data), "--config", str(new))

    assert "nothing was changed" in said
    assert run("replay", "--data", str(data)).stdout.splitlines()[-1] == before


def test_a_venue_file_without_listings_is_told_what_btcturk_lacks(tmp_path: Path) -> None:
    """Its instruments trade over BTSE's API, and BtcTurk's has no pair: an author would look for the fault in his program."""
    file = tmp_path / "venue.toml"
    file.write_text(VENUE + "[groups.plain]\nfees = [{ maker = 0.0005, taker = 0.0006 }]\n")

    assert "BtcTurk's API lists no pair" in greeted(tmp_path, "--config", str(file))


def greeted(directory: Path, *arguments: str) -> str:
    """Return what a start says behind its first line."""
    with serving(directory, *arguments) as server:
        server.process.terminate()
        assert server.process.stdout is not None
        said = server.process.stdout.read()  # communicate() would lose what was buffered together with the first line
        server.ended()
    return said


ACCOUNT = '{ name = "%s", api_key = "%s", api_secret = "c2VjcmV0", permissions = %s }'


def test_a_demos_first_orders_are_those_that_can_be_placed_there(tmp_path: Path) -> None:
    """By an account that may trade, on what the API lists; else none is shown."""
    looker, trader = ACCOUNT % ("looker", "k1", '["read"]'), ACCOUNT % ("trader", "k2", '["read", "trading"]')
    rules = "[groups.plain]\nfees = [{ maker = 0.0005, taker = 0.0006 }]\n[demo]\naccounts = "
    file = tmp_path / "venue.toml"
    file.write_text(f"{VENUE}{rules}[{looker}]\n")
    by_none = greeted(tmp_path, "--demo", "--config", str(file))
    file.write_text(f"{VENUE}{rules}[{looker}, {trader}]\n")
    by_trader = greeted(tmp_path, "--demo", "--config", str(file))
    file.write_text(f"{VENUE}{rules}[{looker}, {trader}]\n".replace('"BTC"', '"ZZZ"'))
    of_none = greeted(tmp_path, "--demo", "--config", str(file))

    assert "a first order" not in by_none + of_none
    assert "request-api: k2" in by_trader and "a first order, BtcTurk" not in by_trader


def test_a_directory_that_was_a_demos_says_that_its_keys_are_public(tmp_path: Path) -> None:
    """Until they are revoked: whoever has read the source has their secrets."""
    data = str(tmp_path / "data")
    greeted(tmp_path, "--demo", "--data", data)
    warned = greeted(tmp_path, "--data", data)
    keys = ("demo-trader1-key", "demo-trader2-key", "demo-observer-key")
    for key in keys:
        run("keys", "revoke", key, "--data", data)

    assert all(key in warned for key in keys) and "keys revoke KEY" in warned
    assert "whose secrets are public" not in greeted(tmp_path, "--data", data)


def test_a_port_beyond_the_last_is_no_port(tmp_path: Path) -> None:
    """65536 is refused instead of being taken for 0."""
    ended = run("serve", "--port", "65536", "--data", str(tmp_path / "data"))

    assert ended.returncode == 2
    assert "0<=x<=65535" in ended.stderr
    assert not (tmp_path / "data").exists()


def test_a_directory_has_one_owner(venue: tuple[Server, Path]) -> None:
    """The second process says who holds the directory and leaves every byte of it."""
    server, directory = venue
    before = contents(directory)

    said = refused("--data", str(directory))

    assert f"in use by process {server.process.pid}" in said
    assert contents(directory) == before


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("assets = [", "not valid TOML"),
        ('assets = [{ code = "USD" }]', "assets[0]"),
        ("nonsense = 1", "nonsense"),
    ],
)
def test_a_broken_venue_file_is_told_with_its_place(text: str, named: str, tmp_path: Path) -> None:
    """The file and what is wrong in it are named; no directory is made."""
    file = tmp_path / "venue.toml"
    file.write_text(text)

    said = refused("--config", str(file), "--data", str(tmp_path / "data"))

    assert str(file) in said
    assert named in said
    assert not (tmp_path / "data").exists()


def test_a_venue_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """So is what to do."""
    assert "--config" in refused("--config", str(tmp_path / "none.toml"), "--data", str(tmp_path / "data"))


@pytest.mark.parametrize("env", [{"PYTHONOPTIMIZE": "1"}, {"PYTHONOPTIMIZE": "2"}])
def test_an_interpreter_without_assertions_is_refused(env: dict[str, str], tmp_path: Path) -> None:
    """python -O would drop checks that guard money."""
    assert "without -O" in refused("--data", str(tmp_path / "data"), env=env)
    assert not (tmp_path / "data").exists()


def test_a_damaged_journal_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    """Where the damage is stands in the sentence; nothing is repaired, cut or written."""
    directory = tmp_path / "data"
    assert run("accounts", "open", "alice", "--data", str(directory)).returncode == 0
    with closing(sqlite3.connect(directory / "venue.sqlite3")) as store:
        (seq,) = store.execute("SELECT max(first_seq) FROM journal").fetchone()
        store.execute("UPDATE journal SET commands = zeroblob(length(commands)) WHERE first_seq = ?", (seq,))
        store.commit()
    before = contents(directory)

    said = refused("--data", str(directory))

    assert "damaged journal" in said
    assert str(seq) in said
    assert contents(directory) == before


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """A file stands where the directory should."""
    (tmp_path / "file").write_text("mine")

    assert str(tmp_path / "file") in refused("--data", str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_a_busy_venue(number: signal.Signals, tmp_path: Path) -> None:
    """In the middle of requests, with streams open: exit code 0, and nothing on standard error."""
    server = Server("--demo", "--data", str(tmp_path / "data"), log=tmp_path / "stderr.txt")
    url = f"{server.url}/spot/api/v3.3/time"
    answers = 0

    async def ask(http: httpx.AsyncClient) -> None:
        nonlocal answers
        while True:
            await http.get(url)
            answers += 1
            if answers == 30:  # in the middle of it
                server.process.send_signal(number)

    try:
        async with httpx.AsyncClient() as http, connect(f"{server.ws_url}/ws/oss/spot") as socket:
            await socket.send('{"op": "subscribe", "args": ["update:BTC-USD_0", "update:ETH-USD_0"]}')
            asked = await asyncio.gather(*(ask(http) for _ in range(4)), return_exceptions=True)
    finally:
        said = await asyncio.to_thread(server.ended)

    assert all(isinstance(error, httpx.TransportError) for error in asked)
    assert answers >= 30
    assert said == ""


def test_the_directory_of_an_ended_venue_is_free(tmp_path: Path) -> None:
    """Lock and control socket go with the process; the next start takes over."""
    for _ in range(2):
        with serving(tmp_path, "--data", str(tmp_path / "data")):
            assert (tmp_path / "data" / "control.sock").exists()
        assert not (tmp_path / "data" / "control.sock").exists()


SLOW = """
import sys, time
from bedesten.services.sequencing.state import VenueState
replay = VenueState.replay
def slowly(self, batch):
    print("replaying", flush=True)
    time.sleep(0.2)
    return replay(self, batch)
VenueState.replay = slowly
from bedesten.cli import main
sys.argv[0] = "bedesten"
main()
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_venue_that_recovers(number: signal.Signals, tmp_path: Path) -> None:
    """A long replay is not waited for: the supervisor would kill the process, and nobody could tell it from a hang."""
    directory = tmp_path / "data"
    for name in [f"account{at}" for at in range(3)]:
        assert run("accounts", "open", name, "--data", str(directory)).returncode == 0
    process = subprocess.Popen(
        [sys.executable, "-c", SLOW, "serve", "--port", "0", "--data", str(directory)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "replaying\n"
    process.send_signal(number)
    said, _ = process.communicate(timeout=10)

    assert process.returncode == 0
    assert "listening" not in said
    assert run("verify", "--data", str(directory)).returncode == 0


def test_no_file_of_a_venue_may_be_read_by_others(tmp_path: Path) -> None:
    """Also where the directory was there before, open to everybody; of a key file that is, somebody hears."""
    directory = tmp_path / "data"
    directory.mkdir(mode=0o755)
    unset = {"BEDESTEN_KEY": ""}
    run("accounts", "open", "alice", "--data", str(directory), env=unset)
    holding = [path for path in directory.iterdir() if path.is_file() and path.stat().st_size]
    (tmp_path / "data.key").chmod(0o644)
    said = run("accounts", "--data", str(directory), env=unset).stderr

    assert {path.name for path in holding if path.stat().st_mode & 0o077} == set()
    assert f"the key file {tmp_path / 'data.key'}" in said
