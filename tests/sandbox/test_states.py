"""States over HTTP and from a shell: kept, begun again from, copied; and what cannot be, refused with nothing changed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bedesten import bootstrap
from bedesten.bootstrap.host import Host
from bedesten.bootstrap.sandboxes import NoSandbox
from bedesten.cli.commands import cli
from bedesten.config import Settings
from bedesten.config.profiles import path_of
from bedesten.services.sandbox.states import FORKS_MAX, STATES_MAX
from bedesten.testing.venue import TestVenue
from tests.sandbox.bot import Bot
from tests.sandbox.test_http import ask


def bot_of(url: str) -> Bot:
    return Bot(url, "demo-trader1-key", "gP4cONPWEE5BQ8W+m9W5lEx2U1eW1al1aeScIyPkOi8=")


def digest(url: str) -> str:
    return str(ask(url, "/sandbox")[1]["digest"])


def open_ids(url: str) -> list[str]:
    return [row["clOrderID"] for row in bot_of(url).ask("GET", "/spot/api/v3.3/user/open_orders?symbol=BTC-USD")[1]]


@pytest.fixture(scope="module")
def offset() -> Iterator[str]:
    """A demo in memory as `serve --demo --sandbox` begins it, under a clock that runs."""
    host = Host(Settings(port=0, demo=True, sandbox=True, clock="offset", config=path_of("small"), seed=3))
    yield host.url
    assert host.stop() is None


def test_a_state_is_begun_again_from_at_the_same_address(venue: TestVenue) -> None:
    """What was placed and passed since is gone; what was saved is there, and time goes on from there."""
    bot_of(venue.url).place("kept", price="20000", size="0.01")
    saved = ask(venue.url, "/sandbox")[1]
    assert ask(venue.url, "/sandbox/states/save", {"name": "with an order"}) == (200, {"number": 0})
    bot_of(venue.url).place("gone", price="20000", size="0.01")
    ask(venue.url, "/sandbox/faults", {"on": "frame", "do": {"drop": True}})
    ask(venue.url, "/sandbox/play", {"name": "outage"})
    ask(venue.url, "/sandbox/clock/advance", {"by": "4s"})
    for _ in range(2):
        assert ask(venue.url, "/sandbox/states/restore", {"name": "with an order"})[0] == 200
        now = ask(venue.url, "/sandbox")[1]
        assert now == saved and open_ids(venue.url) == ["kept"]
    assert ask(venue.url, "/sandbox/states")[1] == {"names": ["with an order"], "forks": []}
    ask(venue.url, "/sandbox/clock/advance", {"by": "1m"})
    assert ask(venue.url, "/sandbox")[1]["scenarios"] == []


def test_a_reset_begins_as_at_the_first_time_or_from_another_seed(venue: TestVenue) -> None:
    """Its digest and its time are those of the beginning."""
    begun = ask(venue.url, "/sandbox")[1]
    ask(venue.url, "/sandbox/clock/advance", {"by": "1m"})
    assert digest(venue.url) != begun["digest"]
    assert ask(venue.url, "/sandbox/reset", {})[0] == 200
    assert ask(venue.url, "/sandbox")[1] == begun
    assert ask(venue.url, "/sandbox/reset", {"seed": 9})[0] == 200
    assert digest(venue.url) != begun["digest"]
    assert ask(venue.url, "/sandbox/reset", {"seed": None})[0] == 200
    assert digest(venue.url) == begun["digest"]


def test_a_fork_goes_its_own_way_and_ends_when_it_is_told(venue: TestVenue) -> None:
    """It stands where its source did; what is done to one is not done to the other."""
    bot_of(venue.url).place("both", price="20000", size="0.01")
    status, place = ask(venue.url, "/sandbox/forks", {})
    assert status == 200 and digest(place["url"]) == digest(venue.url)
    bot_of(place["url"]).place("one", price="20000", size="0.01")
    assert (open_ids(venue.url), len(open_ids(place["url"]))) == (["both"], 2)
    assert ask(venue.url, "/sandbox/states")[1]["forks"] == [place["url"]]
    assert ask(venue.url, "/sandbox/forks/end", place)[0] == 200
    with pytest.raises(OSError, match="refused"):
        digest(place["url"])
    assert ask(venue.url, "/sandbox/forks/end", place)[0] == 404


def test_what_runs_with_the_machine_is_restored_without_time_going_back(offset: str) -> None:
    """Its clock stands where it stood, or where the machine's stands meanwhile."""
    ask(offset, "/sandbox/clock/advance", {"by": "1h"})
    saved = ask(offset, "/sandbox")[1]
    assert ask(offset, "/sandbox/states/save", {"name": "ahead"})[0] == 200
    ask(offset, "/sandbox/clock/advance", {"by": "1h", "pace": "leap"})
    assert ask(offset, "/sandbox/states/restore", {"name": "ahead"})[0] == 200
    now = ask(offset, "/sandbox")[1]
    assert saved["now_ns"] <= now["now_ns"] < saved["now_ns"] + 3_000 * 10**9
    assert ask(offset, "/sandbox/clock/advance", {"by": "5s"})[1]["commands"] > 0


async def test_sockets_end_with_1012(venue: TestVenue) -> None:
    """The venue is restarted, and says so."""
    async with connect(f"{venue.ws_url}/ws/oss/spot", max_queue=None) as stream:
        await asyncio.to_thread(ask, venue.url, "/sandbox/reset", {})
        with pytest.raises(ConnectionClosed, match="1012"):
            while True:
                await asyncio.wait_for(stream.recv(), 20)


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("states/restore", {"name": "never"}, 404),
        ("states/restore", {}, 400),
        ("states/save", {"name": ""}, 400),
        ("states/save", {"name": "x" * 65}, 400),
        ("states/save", {"name": 5}, 400),
        ("reset", {"seed": "five"}, 400),
        ("reset", {"seed": 1 << 80}, 400),
        ("forks", {"port": 80}, 400),
        ("forks/end", {"url": "http://127.0.0.1:1"}, 404),
        ("clock/advance", {"to": "2024-12-31T23:59:59Z"}, 400),
        ("clock/advance", {"to": "yesterday"}, 400),
        ("clock/advance", {"by": "5s", "to": "2025-01-02"}, 400),
        ("clock/advance", {"to": "9999-12-31T23:59:59Z"}, 400),
        ("clock/advance", {}, 400),
    ],
)
def test_what_cannot_be_changes_nothing(module_venue: TestVenue, path: str, form: Any, status: int) -> None:
    """In the house's shape, and in words."""
    before = ask(module_venue.url, "/sandbox"), ask(module_venue.url, "/sandbox/states")
    told = ask(module_venue.url, f"/sandbox/{path}", form)
    assert told[0] == status and told[1].keys() == {"error", "message"} and told[1]["message"]
    assert (ask(module_venue.url, "/sandbox"), ask(module_venue.url, "/sandbox/states")) == before


def test_time_goes_to_an_instant(venue: TestVenue) -> None:
    """The one that is named, in ISO 8601."""
    moved = ask(venue.url, "/sandbox/clock/advance", {"to": "2025-01-01T00:00:05.25Z"})[1]
    assert moved["now_ns"] == 1_735_689_605_250_000_000


def test_states_and_forks_have_a_bound(venue: TestVenue) -> None:
    """Beyond it the call is refused, and another one of the same name is not."""
    for number in range(STATES_MAX):
        venue.save(f"{number}")
    assert ask(venue.url, "/sandbox/states/save", {"name": "one more"})[0] == 400
    assert ask(venue.url, "/sandbox/states/save", {"name": "7"})[0] == 200
    for _ in range(FORKS_MAX):
        assert ask(venue.url, "/sandbox/forks", {})[0] == 200
    assert ask(venue.url, "/sandbox/forks", {})[0] == 400


async def test_a_data_directory_keeps_what_happened_in_it(tmp_path: Path) -> None:
    """States are of a sandbox in memory; a directory's is told so, and time goes on in it where it stood."""
    settings = Settings(
        port=0, data=str(tmp_path / "data"), demo=True, sandbox=True, clock="manual", config=path_of("small")
    )

    def begin() -> Host:
        return Host(settings)

    host = await asyncio.to_thread(begin)
    url = host.url
    await asyncio.to_thread(ask, url, "/sandbox/clock/advance", {"by": "1m"})
    for path, form in (("states/save", {"name": "x"}), ("reset", {}), ("forks", {})):
        status, told = await asyncio.to_thread(ask, url, f"/sandbox/{path}", form)
        assert status == 400 and "serve it with --data :memory:" in told["message"]
    stood = (await asyncio.to_thread(ask, url, "/sandbox"))[1]
    assert await asyncio.to_thread(host.stop) is None
    host = await asyncio.to_thread(begin)
    again = (await asyncio.to_thread(ask, host.url, "/sandbox"))[1]
    assert again["seq"] >= stood["seq"] and stood["now_ns"] - 60 * 10**9 < again["now_ns"] <= stood["now_ns"]
    assert await asyncio.to_thread(host.stop) is None


async def test_a_directory_that_was_served_as_a_venue_is_no_sandbox(tmp_path: Path) -> None:
    """Also where a sandbox's driver would begin it again."""
    settings = Settings(port=0, data=str(tmp_path / "data"), config=path_of("small"))
    async with bootstrap.serve(settings, lambda said: None):
        pass

    def begin() -> None:
        Host(Settings(port=0, data=settings.data, sandbox=True, clock="manual", config=settings.config))

    with pytest.raises(NoSandbox, match="was served without --sandbox"):
        await asyncio.to_thread(begin)


async def test_a_venue_that_nobody_begins_again_says_so() -> None:
    """A program that serves one by itself has no states."""
    settings = Settings(port=0, demo=True, sandbox=True, clock="manual", config=path_of("small"))
    async with bootstrap.serve(settings, lambda said: None) as running:
        status, told = await asyncio.to_thread(ask, running.server.url, "/sandbox/reset", {})
        assert status == 400 and "does not begin it again" in told["message"]
        assert (await asyncio.to_thread(ask, running.server.url, "/sandbox/states"))[1] == {"names": [], "forks": []}


def test_a_shell_keeps_states(venue: TestVenue) -> None:
    """save, restore, reset, states, fork: each is one request."""

    def said(*words: str, code: int = 0) -> Any:
        result = CliRunner().invoke(cli, ["sandbox", "--url", venue.url, *words])
        assert result.exit_code == code, result.output
        return json.loads(result.output) if code == 0 else result.output

    begun = digest(venue.url)
    said("advance", "30s")
    said("save", "later")
    place = said("fork")["url"]
    assert digest(place) == digest(venue.url) != begun
    said("reset")
    assert digest(venue.url) == begun
    said("restore", "later")
    assert said("states") == {"names": ["later"], "forks": [place]}
    said("fork", "--end", place)
    said("reset", "--seed", "4")
    assert digest(venue.url) != begun
    assert "no state 'never'" in said("restore", "never", code=1)


def test_the_command_begins_again_and_still_ends_in_good_order(
    begin_command: Callable[..., tuple[subprocess.Popen[str], str]],
) -> None:
    """A process of its own: it is reset, forked, and stopped by a signal."""
    process, url = begin_command("--demo", "--sandbox", "--clock", "manual")
    begun = digest(url)
    ask(url, "/sandbox/clock/advance", {"by": "5s"})
    place = ask(url, "/sandbox/forks", {})[1]["url"]
    assert digest(place) == digest(url) != begun
    assert ask(url, "/sandbox/reset", {})[0] == 200
    assert digest(url) == begun
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 0
    with pytest.raises(OSError, match="refused"):
        digest(place)


@pytest.fixture
def begin_command() -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Begin `bedesten serve` with options on a free port; it is ended with the test."""
    begun: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> tuple[subprocess.Popen[str], str]:
        command = [sys.executable, "-m", "bedesten", "serve", "--port", "0", *options]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
        )
        begun.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("listening on "):
                return process, line.split()[-1]
        raise AssertionError("it ended before it listened")

    yield begin
    for process in begun:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def test_what_begins_again_leaves_no_thread_and_no_file_behind(venue: TestVenue) -> None:
    """A save, a restore, a copy and a reset, again and again, hold as much as once."""

    def held() -> tuple[int, int]:
        venue.save("again")
        venue.restore("again")
        assert not venue.fork().stop()
        venue.reset()
        return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))

    held()
    first = held()
    assert [held() for _ in range(8)][-1] == first


def test_copies_that_are_asked_for_at_once_are_bounded(venue: TestVenue) -> None:
    """As they are one after the other: one more than the bound is refused."""
    with ThreadPoolExecutor(FORKS_MAX + 1) as pool:
        asked = pool.map(lambda _: ask(venue.url, "/sandbox/forks", {})[0], range(FORKS_MAX + 1))
        statuses = sorted(asked)

    assert statuses == [200] * FORKS_MAX + [400]
