"""A transcript as a file is a run that anybody can have again; what is otherwise in it is found and named."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from bedesten.bootstrap.templates import Template
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.testing.making import template_of
from bedesten.testing.replay import main, replay
from bedesten.testing.venue import TestVenue
from tests.sandbox.bot import Bot
from tests.sandbox.wire import btcturk_login, btse_login


async def run(venue: Any) -> None:
    """Orders, outcomes, faults, a private stream and time, and an account that is opened meanwhile."""
    bot = Bot(venue.url, venue.trader.key, venue.trader.secret)
    async with connect(f"{venue.ws_url}/ws/oss/spot") as stream:
        await stream.send(json.dumps({"op": "subscribe", "args": ["update:BTC-USD_0"]}))
        await venue.aio.advance("3s")
        venue.faults.lose_answer("POST", "*/order")
        await asyncio.to_thread(bot.buy, "c-1", price="20000", size="0.01")
        await venue.aio.fill("c-1", "0.003")
        venue.faults.skew("5m")
        assert (await asyncio.to_thread(bot.ask, "GET", "/spot/api/v3.3/user/wallet"))[0] == 401
        venue.faults.clear()
        account = await venue.aio.account(USD="1000")
        other = Bot(venue.url, account.key, account.secret)
        assert (await asyncio.to_thread(other.place, "c-2", price="20000", size="0.01"))[0] == 200
        venue.faults.drop_frame("/ws/oss/*")
        venue.price("BTC", by="-5%", over="4s")
        venue.live("ETH-USD", makers=False)
        await venue.aio.advance("5s")
        machine = venue.running.venue.sequencer.state.machine
        seq = machine.seq
        await venue.aio.until(lambda: machine.seq > seq + 20)
        venue.halt("BTC-USD")
    while "closed" not in {line["k"] for line in venue.transcript}:  # noqa: ASYNC110  it is on its way
        await asyncio.sleep(0)
    assert (await asyncio.to_thread(bot.place, "c-3", price="20000", size="0.01"))[0] == 400


async def record(template: Template, path: Path) -> list[dict[str, Any]]:
    """Run it on a venue of its own, and return what stands in the file."""
    venue = await asyncio.to_thread(TestVenue.begin, template, str(path))
    try:
        await run(venue)
        assert venue.complaints() == []
    finally:
        assert venue.stop() == []
    return lines_of(path)


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.fixture(scope="module")
def template() -> Template:
    """Where the runs begin."""
    return template_of("small", 1, "living", "manual", "wall")


@pytest.fixture(scope="module")
def recorded(template: Template, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some seconds of a busy market, and what a bot did there."""
    path = tmp_path_factory.mktemp("runs") / "run.jsonl"
    asyncio.run(record(template, path))
    return path


def test_a_run_is_had_again_line_for_line(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With what was lost, refused, filled and halted in it; the file is its owner's alone."""
    kinds = {json.loads(line)["k"] for line in recorded.read_text().splitlines()}
    assert kinds == {"begin", "request", "answer", "fault", "open", "in", "out", "closed", "clock", "control", "end"}
    assert recorded.stat().st_mode & 0o077 == 0
    assert main([str(recorded)]) == 0
    assert "line for line" in capsys.readouterr().out


async def test_two_runs_have_one_hash(template: Template, recorded: Path, tmp_path: Path) -> None:
    """Nonces and signatures are of the wall clock, and do not count."""
    again = await record(template, tmp_path / "again.jsonl")
    first = lines_of(recorded)
    assert again[-1] == first[-1] and again[-1]["k"] == "end"
    stamps = [[line["stamped_ns"] for line in lines if "stamped_ns" in line] for lines in (first, again)]
    assert stamps[0] != stamps[1]


@pytest.mark.parametrize("kind", ["answer", "out", "request", "in"])
def test_a_changed_byte_is_found_and_named(recorded: Path, tmp_path: Path, kind: str) -> None:
    """Of an answer or a frame: that line. Of what was asked: what follows from it."""
    lines = recorded.read_text().splitlines()
    at = max(i for i, line in enumerate(lines) if json.loads(line)["k"] == kind)
    line = json.loads(lines[at])
    line["body" if line["body"] else "target"] = _changed(line["body"] or line["target"])
    changed = tmp_path / "changed.jsonl"
    changed.write_text("\n".join([*lines[:at], json.dumps(line), *lines[at + 1 :]]) + "\n")

    found = replay(changed, patience_s=1.0)

    assert found is not None and found.number > at
    assert found.number == at + 1 or kind in ("request", "in")
    assert f"line {found.number} differs" in found.told() and len(found.before) == min(20, found.number - 2)


def _changed(text: str) -> str:
    at = len(text) // 2
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no transcript"),
        ("{", "not JSON"),
        ("[1]", "no line of a transcript"),
        ('{"k":"begin","format":9}', "no transcript of format 1"),
        ('{"k":"begin","format":1,"clock":"offset"}', "manual clock"),
    ],
)
def test_what_is_no_transcript_is_refused_in_words(
    tmp_path: Path, text: str, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the reason, and exit code 2."""
    path = tmp_path / "run.jsonl"
    path.write_text(text)
    assert main([str(path)]) == 2
    assert why in capsys.readouterr().err


def test_a_venue_that_was_restored_is_not_replayed(template: Template, tmp_path: Path) -> None:
    """Nothing but the venue itself has the state in which it began."""
    venue = TestVenue.begin(template)
    try:
        venue.deposit("USD", "5")
        forked = TestVenue.begin(venue.call(venue.running.template()), str(tmp_path / "run.jsonl"))
        forked.stop()
    finally:
        venue.stop()
    with pytest.raises(SandboxRefused, match="restored or forked"):
        replay(tmp_path / "run.jsonl")


def test_another_venues_signature_is_not_kept(template: Template, tmp_path: Path) -> None:
    """Somebody took the wrong address: what signs for elsewhere stands nowhere."""
    venue = TestVenue.begin(template, str(tmp_path / "run.jsonl"))
    try:
        assert Bot(venue.url, "a-real-key", "a-real-secret").ask("GET", "/spot/api/v3.3/user/wallet")[0] == 401
    finally:
        venue.stop()
    text = (tmp_path / "run.jsonl").read_text()
    assert "/user/wallet" in text and "a-real-key" not in text and "request-sign" not in text


async def test_a_sockets_login_is_kept_as_a_requests_is(template: Template, tmp_path: Path) -> None:
    """What signs it stands in the file if the key is the sandbox's own, and nowhere else; what else is said stays whole."""
    path = tmp_path / "run.jsonl"
    venue = await asyncio.to_thread(TestVenue.begin, template, str(path))
    own = btse_login(venue.trader.key, venue.trader.secret, "/ws/spot", 1_735_689_600_000)
    theirs = btse_login("a-real-key", "a-real-secret", "/ws/spot", 1_735_689_600_000)
    turk = btcturk_login("another-real-key", "YS1yZWFsLXNlY3JldA==", 1_735_689_600_000)
    wish = {"op": "subscribe", "args": ["tradeHistoryApi:BTC-USD", "notificationApiV3"]}
    for at, messages in (("/ws/spot", (own, theirs, wish)), ("/", (turk,))):
        async with connect(f"{venue.ws_url}{at}") as stream:
            for message in messages:
                await stream.send(json.dumps(message))
            await (await stream.ping())
    kept = [line["body"] for line in await asyncio.to_thread(lambda: venue.transcript) if line["k"] == "in"]
    assert await asyncio.to_thread(venue.stop) == []
    filed = [line["body"] for line in map(json.loads, path.read_text().splitlines()) if line["k"] == "in"]

    signed = [own["args"][2], theirs["args"][2], turk[1]["signature"]]
    assert [sign in "".join(filed) for sign in signed] == [True, False, False]
    assert not any(sign in "".join(kept) for sign in signed)
    assert json.loads(filed[0]) == own and json.loads(filed[2]) == json.loads(kept[2]) == wish
    assert json.loads(kept[0])["args"] == [venue.trader.key, "1735689600000", "…"]
