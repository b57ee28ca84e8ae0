"""The audit log: what operators did and tried, without secrets, each entry chained to the one before."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.services.market import Market

from bedesten.clock import ManualClock
from bedesten.services.audit import without_secrets
from bedesten.services.errors import OperationRefused, ServiceError
from bedesten.services.operator.operations import Operations


async def log(market: Market, since: str | None = None) -> list[dict[str, Any]]:
    """Return the log as an operator reads it."""
    rows: list[dict[str, Any]] = await Operations(market.venue).call("audit", {"since": since})
    return rows


async def test_what_an_operator_did_is_noted_with_who_and_what(market: Market) -> None:
    """Before the answer; looking leaves no trace."""
    operations = Operations(market.venue)
    before = market.venue.sequencer.state.machine.seq
    await operations.call("deposit", {"account": "alice", "asset": "USD", "amount": "5"}, "operator carol")
    await operations.call("balances", {"account": "alice"}, "operator carol")

    (entry,) = await log(market)
    assert (entry["seq"], entry["actor"], entry["action"], entry["outcome"]) == (
        before + 2,
        "operator carol",
        "deposit",
        "done",
    )
    assert entry["detail"] == {"account": "alice", "asset": "USD", "amount": "5"}


async def test_what_was_refused_is_noted_with_the_reason(market: Market) -> None:
    """Also what made no sense at all."""
    operations = Operations(market.venue)
    with pytest.raises(OperationRefused):
        await operations.call("deposit", {"account": "nobody", "asset": "USD", "amount": "5"})
    with pytest.raises(OperationRefused):
        await operations.call("deposit", {"nonsense": 1})

    outcomes = [entry["outcome"] for entry in await log(market)]
    assert outcomes[0] == "refused: there is no account 'nobody'; open it first"
    assert outcomes[1].startswith("refused: Object")


async def test_no_secret_is_ever_written(market: Market) -> None:
    """Neither the secret of a key that is made, nor anything named like one."""
    (key,) = await Operations(market.venue).call("create_key", {"account": "alice", "permissions": ["read"]})
    await market.venue.audit.note("customer alice", "password changed", new_password="hunter2", ip="192.0.2.7")

    written = msgspec.json.encode(await log(market)).decode()
    assert key["secret"] not in written
    assert "hunter2" not in written
    assert "192.0.2.7" in written


async def test_a_log_is_read_from_an_instant_on(market: Market, clock: ManualClock) -> None:
    """Oldest first, without those before."""
    await market.venue.audit.note("somebody", "one")
    clock.advance(86_400_000_000_000)
    await market.venue.audit.note("somebody", "two")

    entries = await log(market)
    assert [entry["action"] for entry in entries] == ["one", "two"]
    assert [entry["action"] for entry in await log(market, since=entries[1]["time"])] == ["two"]
    with pytest.raises(ServiceError):
        await log(market, since="yesterday")


async def test_a_log_longer_than_a_page_is_read_whole(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    """Page by page."""
    monkeypatch.setattr("bedesten.services.audit.PAGE", 2)
    for at in range(5):
        await market.venue.audit.note("somebody", str(at))

    assert [entry["action"] for entry in await log(market)] == ["0", "1", "2", "3", "4"]


async def test_an_entry_stays_readable(market: Market) -> None:
    """A value is cut where it says enough."""
    await market.venue.audit.note("somebody", "wrote", words="x" * 5_000)

    (entry,) = await log(market)
    assert len(entry["detail"]["words"]) < 300


def test_a_secret_of_the_venue_file_is_not_written_either() -> None:
    """Its place says that it is one; the value beside stays out of the log."""
    asked = {"key": "demo.accounts.observer.api_secret", "value": "hunter2"}

    assert without_secrets(asked) == {**asked, "value": "…"}
    assert without_secrets({"key": "name", "value": "hunter2"}) == {"key": "name", "value": "hunter2"}
