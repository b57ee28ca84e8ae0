"""What operators asked for when a venue ends: done, noted and told, or said to be unknown. Never done and told as failed."""

from __future__ import annotations

import asyncio
import json
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.services.market import GATE_S_MAX, Market, Pausing

from bedesten.domain.commands import Command, RecordNote
from bedesten.domain.notes import ActNoted
from bedesten.server import control as control_module
from bedesten.server.control import INTERRUPTED, SOCKET_NAME, ControlSocket, ask_running
from bedesten.services.errors import OperationRefused, OutcomeUnknown, Overloaded, StoreStopped, Unaudited
from bedesten.services.operator.operations import Operations

DEPOSIT = {"account": "alice", "asset": "USD", "amount": "5"}
UNITS = 5


@pytest.fixture
def directory() -> Iterator[Path]:
    """A path short enough for a socket."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


class Gate:
    """A job for the writer that waits until it is let go on."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self._open = threading.Event()

    def __call__(self) -> None:
        self.entered.set()
        assert self._open.wait(GATE_S_MAX)

    def let_go(self) -> None:
        self._open.set()

    async def held(self) -> None:
        """Return when the writer stands at it."""
        await asyncio.to_thread(self.entered.wait, GATE_S_MAX)


async def usd(market: Market) -> int:
    """Return what alice has."""
    return next(row.total for row in await market.venue.accounts.balances(market.alice.id) if row.asset.code == "USD")


async def outcomes(market: Market) -> list[str]:
    """Return what the audit log says."""
    return [row["outcome"] for row in await Operations(market.venue).call("audit", {})]


async def settle(market: Market) -> None:
    """Return when everything that was handed in is committed."""
    await market.venue.sequencer.submit(RecordNote())


def spin(times: int = 10) -> Any:
    """Let everything happen that waits for nothing but its turn."""

    async def turns() -> None:
        for _ in range(times):
            await asyncio.sleep(0)

    return turns()


async def test_a_deposit_in_its_commit_when_the_venue_stops_is_told_as_done(
    market: Market, store: Pausing, directory: Path
) -> None:
    """The control socket is drained while the sequencer still takes what is left to be written: the audit entry."""
    before = await usd(market)
    control = ControlSocket(directory, Operations(market.venue))
    await control.open()
    store.hold_up()
    asking = asyncio.ensure_future(ask_running(directory, "deposit", DEPOSIT))
    await store.held()
    closing = asyncio.ensure_future(control.close())
    await spin()
    assert not closing.done() and not asking.done()
    store.let_go()

    rows = await asyncio.wait_for(asking, 5)
    await closing
    await market.venue.sequencer.stop()

    assert rows and rows[0]["asset"] == "USD"
    assert await usd(market) == before + UNITS
    assert await outcomes(market) == ["done"]
    assert await ask_running(directory, "deposit", DEPOSIT) is None  # nobody listens any more


async def test_who_asked_nothing_holds_nobody_up(market: Market, directory: Path) -> None:
    """A terminal that only connected is let go."""
    control = ControlSocket(directory, Operations(market.venue))
    await control.open()
    reader, writer = await asyncio.open_unix_connection(directory / SOCKET_NAME)
    writer.write(b'{"operation":')
    await spin()
    await asyncio.wait_for(control.close(), 5)

    assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()


async def test_what_takes_longer_than_the_stop_is_told_to_be_unknown(
    market: Market, store: Pausing, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the log says that it was interrupted; it does not say done, nor refused."""
    monkeypatch.setattr(control_module, "ASKED_WAIT_S", 0.01)
    control = ControlSocket(directory, Operations(market.venue))
    await control.open()
    store.hold_up()
    asking = asyncio.ensure_future(ask_running(directory, "deposit", DEPOSIT))
    await store.held()
    closing = asyncio.ensure_future(control.close())
    await asyncio.sleep(0.05)
    store.let_go()

    with pytest.raises(OperationRefused, match="outcome is unknown"):
        await asyncio.wait_for(asking, 5)
    await closing
    assert "outcome is unknown" in INTERRUPTED
    assert await outcomes(market) == ["unknown: it was interrupted"]


@pytest.mark.parametrize("turns", range(12))
async def test_an_operation_canceled_at_any_await_is_noted_if_anything_was_done(market: Market, turns: int) -> None:
    """However far it had come: no money moves without a line about it."""
    before = await usd(market)
    asking = asyncio.ensure_future(Operations(market.venue).call("deposit", DEPOSIT))
    await spin(turns)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await settle(market)

    moved, told = await usd(market) - before, await outcomes(market)
    assert moved in (0, UNITS)
    assert len(told) == 1 if moved else len(told) <= 1
    assert told in ([], ["done"], ["unknown: it was interrupted"])


async def test_canceled_in_its_commit_and_canceled_in_its_note(market: Market, store: Pausing) -> None:
    """The two places where an operation waits for the disk, each held still."""
    operations = Operations(market.venue)
    store.hold_up()
    first = asyncio.ensure_future(operations.call("deposit", DEPOSIT))
    await store.held()
    first.cancel()
    store.let_go()
    await asyncio.gather(first, return_exceptions=True)

    second = asyncio.ensure_future(operations.call("deposit", DEPOSIT))
    seen = len(store.batches_seen)
    while len(store.batches_seen) == seen:  # noqa: ASYNC110  to stand between two turns of the loop is the point
        await asyncio.sleep(0)
    store.hold_up()  # the deposit is written, and the loop does not know yet: the entry's commit is the next one
    await store.held()
    second.cancel()
    store.let_go()
    await asyncio.gather(second, return_exceptions=True)
    await settle(market)

    assert await outcomes(market) == ["unknown: it was interrupted", "done"]


async def test_a_store_that_fails_in_the_commit_is_told_as_unknown(
    market: Market, store: Pausing, caplog: pytest.LogCaptureFixture
) -> None:
    """Not as stopping, which means that nothing was done; and where the log cannot be written, the process's own says it."""
    store.failure = StoreStopped("the disk is gone")
    with pytest.raises(OutcomeUnknown, match="outcome is unknown; look whether it was done"):
        await Operations(market.venue).call("deposit", DEPOSIT, "operator carol")

    assert any("no entry in the audit log for deposit by operator carol (unknown" in line for line in caplog.messages)


async def test_what_is_done_and_cannot_be_noted_is_told_as_done(
    market: Market, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An error that reads as a refusal would have it done again by hand."""
    before = await usd(market)

    submit = market.venue.sequencer.submit

    def refuse(command: Command, **more: Any) -> Any:
        if any(isinstance(note, ActNoted) for note in more.get("notes", ())):
            raise Overloaded("commands are waiting")
        return submit(command, **more)

    monkeypatch.setattr(market.venue.sequencer, "submit", refuse)
    with pytest.raises(Unaudited, match="it was done"):
        await Operations(market.venue).call("deposit", DEPOSIT)
    with pytest.raises(OperationRefused, match="no account"):  # and a refusal stays one
        await Operations(market.venue).call("deposit", {**DEPOSIT, "account": "nobody"})

    assert await usd(market) == before + UNITS
    assert len([line for line in caplog.messages if "no entry in the audit log" in line]) == 2


async def test_the_answer_on_the_socket_is_one_line_of_json(market: Market, directory: Path) -> None:
    """Whatever ends it."""
    control = ControlSocket(directory, Operations(market.venue))
    await control.open()
    reader, writer = await asyncio.open_unix_connection(directory / SOCKET_NAME)
    writer.write(json.dumps({"operation": "deposit", "arguments": DEPOSIT}).encode() + b"\n")
    writer.write_eof()
    assert json.loads(await asyncio.wait_for(reader.read(), 5))["rows"]
    writer.close()
    await control.close()
