"""A venue that is changed while it runs: clients see it at once, a restart keeps it, and nothing is undone in silence."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from bedesten.bootstrap import Running, serve
from bedesten.config import Settings
from bedesten.domain.commands import PlaceOrder, RecordNote
from bedesten.domain.enums import OrderType, RejectReason, Side, TimeInForce
from bedesten.domain.notes import ActNoted, VenueFileInForce
from bedesten.services.errors import DamagedJournal, OperationRefused, ServiceError
from bedesten.services.operator.operations import Operations
from bedesten.services.venue_file.changes import ChangeRefused
from bedesten.services.venue_file.fold_venue_file import VenueFileFold
from bedesten.storage.reading import read_directory
from bedesten.storage.verification import verify

VENUE = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00001 }]
venue = { name = "test" }
[groups.plain]
fees = [{ maker = 0.0005, taker = 0.0006 }]
"""


def written(file: Path, text: str) -> Path:
    file.write_text(text)
    return file


@contextlib.asynccontextmanager
async def venue_on(directory: Path, text: str | None = VENUE) -> AsyncIterator[Running]:
    """A venue on a directory, by a file."""
    config = None if text is None else written(directory / "venue.toml", text)
    settings = Settings(port=0, data=str(directory / "data"), config=None if config is None else str(config))
    async with serve(settings, say=lambda text: None) as running:
        yield running


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A venue of one instrument."""
    async with venue_on(tmp_path) as running:
        yield running


def core_state(running: Running) -> bytes:
    """Return all that the core knows but which command was the last, and when: the audit log's entries are commands too."""
    return bytes(running.venue.sequencer.state.machine.snapshot()[3 * 8 :])  # behind format, seq and time


async def ask(running: Running, operation: str, **arguments: Any) -> list[dict[str, Any]]:
    """Ask as an operator does."""
    rows: list[dict[str, Any]] = await Operations(running.venue).call(operation, arguments)
    return rows


async def get(running: Running, path: str) -> Any:
    """Return what a client reads."""
    async with httpx.AsyncClient() as client:
        return (await client.get(running.server.url + path)).json()


async def trader(running: Running, name: str = "alice") -> int:
    """Return the number of a new account with money."""
    await ask(running, "open_account", name=name)
    await ask(running, "deposit", account=name, asset="USD", amount="1000000")
    account = running.venue.accounts.by_name(name)
    assert account is not None
    return account.id


async def buy(running: Running, account: int, instrument: int = 1) -> RejectReason | None:
    """Place a small order and return why it was refused."""
    order = PlaceOrder(
        account=account, instrument=instrument, side=Side.BUY, order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC, price=200, quantity=1_000,
    )  # fmt: skip
    return (await running.venue.trading.place(order)).reject


async def test_a_halted_instrument_takes_no_orders_and_says_so(running: Running) -> None:
    """The core refuses, the public list shows it, and it trades again when it is told to."""
    account = await trader(running)
    (change,) = await ask(running, "set_state", names=["BTC-USD"], state="halted")
    (halted,) = await get(running, "/spot/api/v3.3/market_summary?symbol=BTC-USD")
    refused = await buy(running, account)
    await ask(running, "set_state", names=[], state="trading")
    (open_,) = await get(running, "/spot/api/v3.3/market_summary?symbol=BTC-USD")

    assert change == {"key": "instruments.BTC-USD.state", "before": "trading", "after": "halted", "in force": "now"}
    assert refused is RejectReason.INSTRUMENT_HALTED
    assert (halted["active"], open_["active"]) == (False, True)
    assert await buy(running, account) is None


async def test_a_rule_that_is_changed_counts_at_once_and_is_shown(running: Running) -> None:
    """The core's rule and the public list are one."""
    account = await trader(running)
    await ask(running, "set_venue_value", key="instruments.BTC-USD.min_quantity", value="0.5")
    (shown,) = await get(running, "/spot/api/v3.3/market_summary?symbol=BTC-USD")

    assert await buy(running, account) is RejectReason.QUANTITY_TOO_SMALL
    assert shown["minOrderSize"] == 0.5
    await ask(running, "unset_venue_value", key="instruments.BTC-USD.min_quantity")
    assert await buy(running, account) is None


async def test_new_assets_and_instruments_trade_at_once(running: Running) -> None:
    """Listed, shown, traded, with candles and a place in every summary."""
    account = await trader(running)
    await ask(running, "list_asset", asset="ETH", name="Ether", scale=8, fiat=False)
    await ask(
        running, "list_instrument", base="ETH", quote="USD", group="plain", tick_size="0.1", lot_size="0.0001"
    )  # fmt: skip
    shown = await get(running, "/spot/api/v3.3/market_summary")

    assert [row["symbol"] for row in shown] == ["BTC-USD", "ETH-USD"]
    assert await buy(running, account, instrument=2) is None
    assert (await running.venue.market_data.summary(2)).bbo[0] == 200
    assert [row["name"] for row in await ask(running, "instruments")] == ["BTC-USD", "ETH-USD"]


async def test_what_was_changed_is_there_after_a_restart(tmp_path: Path) -> None:
    """With the same file, with none, and in the core as well as on the list."""
    async with venue_on(tmp_path) as running:
        await ask(running, "set_state", names=[], state="cancel_only")
        await ask(running, "set_venue_value", key="groups.plain.fees.0.maker", value="0.0001")
        text = running.venue.changes.text if running.venue.changes else ""
    for given in (VENUE, None):
        async with venue_on(tmp_path, given) as again:
            (row,) = await ask(again, "instruments")
            assert (row["state"], row["maker"]) == ("cancel_only", "0.0001")
            assert (await ask(again, "venue_file")) == [{"text": text}]


async def test_a_file_that_would_undo_a_change_is_refused(tmp_path: Path) -> None:
    """Edited without it, the start says which; with it, it counts, and so does what else was edited."""
    async with venue_on(tmp_path) as running:
        await ask(running, "set_state", names=["BTC-USD"], state="halted")
        (file,) = await ask(running, "venue_file")
    edited = VENUE.replace("0.0006", "0.0007")
    with pytest.raises(ChangeRefused, match=r"instruments\.BTC-USD\.state"):
        async with venue_on(tmp_path, edited):
            raise AssertionError

    async with venue_on(tmp_path, file["text"].replace("0.0006", "0.0007")) as again:
        (row,) = await ask(again, "instruments")
    assert (row["state"], row["taker"]) == ("halted", "0.0007")


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("instruments.BTC-USD.state", "asleep", "state"),
        ("instruments.BTC-USD.tick_size", "0.1", "tick or lot changed"),
        ("instruments.BTC-USD.min_quantity", "-1", "not a plain decimal|out of range"),
        ("assets.BTC.code", "BTX", "became BTX|no asset"),
        ("rate_limits.btse.nonsense.requests", "1", "rate_limits|seconds"),
        ("nonsense.key", "1", "nonsense"),
        ("instruments.ETH-USD.state", "halted", "there is no ETH-USD"),
    ],
)
async def test_what_makes_no_sense_changes_nothing(running: Running, key: str, value: str, named: str) -> None:
    """The venue file's own words; the file in force and the core are as before."""
    state = core_state(running)
    (before,) = await ask(running, "venue_file")

    with pytest.raises(OperationRefused, match=named):
        await ask(running, "set_venue_value", key=key, value=value)

    assert core_state(running) == state
    assert await ask(running, "venue_file") == [before]


async def test_a_change_that_orders_stand_against_changes_nothing(running: Running) -> None:
    """A fee rule waits until the book is empty; the fee that was to change with it stays as well."""
    account = await trader(running)
    assert await buy(running, account) is None
    state = core_state(running)
    text = VENUE.replace("0.0006", "0.0007") + 'fee_rule = "in_quote"\n'

    with pytest.raises(ServiceError, match="nothing was changed"):
        await ask(running, "apply_venue_file", text=text)

    assert core_state(running) == state


async def test_a_change_is_one_batch_with_the_file_it_puts_in_force(tmp_path: Path) -> None:
    """So a crash leaves the venue before it or behind it, and the file in force is folded from the log."""
    async with venue_on(tmp_path) as running:
        assert running.venue.changes is not None
        seq = running.venue.sequencer.state.machine.seq
        await ask(running, "set_state", names=[], state="halted")
        text = running.venue.changes.text
    with read_directory(tmp_path / "data", print) as (rows, *_):
        (batch, *behind) = rows.batches(seq)
    ((at, note),) = batch.notes
    assert (batch.count, at) == (2, 1)
    assert isinstance(note, VenueFileInForce) and (note.text, note.given) == (text, VENUE)
    assert [type(each) for later in behind for _, each in later.notes] == [ActNoted]  # the audit log's entry


async def test_a_start_with_the_file_in_force_says_nothing_anew(tmp_path: Path) -> None:
    """The log grows by what changes alone."""
    async with venue_on(tmp_path) as running:
        seq = running.venue.sequencer.state.machine.seq
    for given in (VENUE, None):
        async with venue_on(tmp_path, given) as again:
            assert again.venue.sequencer.state.machine.seq == seq


async def test_an_order_on_its_way_does_not_come_between_a_change_and_its_rehearsal(running: Running) -> None:
    """What was rehearsed is done, whole, and the order is placed under the new rules: it would have refused the fee rule."""
    account = await trader(running)
    text = VENUE.replace("0.0006", "0.0007") + 'fee_rule = "in_quote"\n'

    reject, made = await asyncio.gather(buy(running, account), ask(running, "apply_venue_file", text=text))

    assert (reject, len(made)) == (None, 2)
    assert await ask(running, "venue_file") == [{"text": text}]
    assert running.venue.sequencer.state.machine.fee_rates(account, 1) == (500_000, 700_000)
    with pytest.raises(ServiceError, match="nothing was changed"):
        await ask(running, "apply_venue_file", text=VENUE)


async def test_one_altered_byte_of_the_file_in_force_is_found(tmp_path: Path) -> None:
    """A fee that was changed where the journal is kept: `verify` names the place, and no start goes by it."""
    text = VENUE.replace("taker = 0.0006", "taker = 0.002")
    async with venue_on(tmp_path, text):
        pass
    kept = tmp_path / "data" / "venue.sqlite3"
    with contextlib.closing(sqlite3.connect(kept)) as connection, connection:
        first_seq, notes = connection.execute(
            "SELECT first_seq, notes FROM journal WHERE instr(notes, CAST('taker = 0.002' AS BLOB))"
        ).fetchone()
        altered = bytes(notes).replace(b"taker = 0.002", b"taker = 0.009", 1)
        connection.execute("UPDATE journal SET notes = ? WHERE first_seq = ?", (altered, first_seq))

    with pytest.raises(DamagedJournal, match=f"the batch at seq {first_seq} .* does not match its checksum"):
        verify(tmp_path / "data", print)
    with pytest.raises(DamagedJournal):
        async with venue_on(tmp_path, None):
            raise AssertionError


async def test_rate_limits_change_at_once(running: Running) -> None:
    """The next requests are counted anew, by the new limit."""
    text = (await ask(running, "venue_file"))[0]["text"]
    await ask(running, "apply_venue_file", text=text + "[rate_limits.btse]\nquery = { requests = 2, seconds = 60 }\n")

    async with httpx.AsyncClient() as client:
        url = f"{running.server.url}/spot/api/v3.3/price?symbol=BTC-USD"
        statuses = [(await client.get(url)).status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


async def test_an_account_is_suspended_and_let_go(running: Running) -> None:
    """Suspended, it may cancel and nothing else."""
    account = await trader(running)
    await ask(running, "suspend_account", account="alice", is_suspended=True)
    refused = await buy(running, account)
    await ask(running, "suspend_account", account="alice", is_suspended=False)

    assert refused is RejectReason.ACCOUNT_SUSPENDED
    assert await buy(running, account) is None
    with pytest.raises(OperationRefused, match="venue's own"):
        await ask(running, "suspend_account", account="fees", is_suspended=True)


async def test_a_fee_tier_counts_from_the_next_order(running: Running) -> None:
    """The second tier's rates are the account's own."""
    account = await trader(running)
    fees = "fees = [{ maker = 0.0005, taker = 0.0006 }, { maker = 0.0001, taker = 0.0002 }]"
    text = VENUE.replace("fees = [{ maker = 0.0005, taker = 0.0006 }]", fees)
    await ask(running, "apply_venue_file", text=text)
    await ask(running, "set_fee_tier", account="alice", tier=1)

    assert running.venue.sequencer.state.machine.fee_rates(account, 1) == (100_000, 200_000)
    with pytest.raises(OperationRefused, match="0 to 31"):
        await ask(running, "set_fee_tier", account="alice", tier=32)


async def test_an_operator_tells_an_index_price(running: Running) -> None:
    """A price between two ticks, or none, is refused."""
    assert await ask(running, "set_index", instrument="BTC-USD", price="65000.5") == [
        {"instrument": "BTC-USD", "index": "65000.5"}
    ]
    assert running.venue.sequencer.state.machine.index_price(1) == 130_001
    for price in ("0", "-1", "65000.3", "much"):
        with pytest.raises(OperationRefused):
            await ask(running, "set_index", instrument="BTC-USD", price=price)


async def test_every_change_is_in_the_audit_log(running: Running) -> None:
    """With what was before and what is now; a whole file by what changed in it."""
    await ask(running, "apply_venue_file", text=VENUE.replace("0.0006", "0.0007"))

    (entry,) = await ask(running, "audit")
    assert entry["action"] == "apply_venue_file"
    assert entry["detail"]["changes"] == ["groups.plain.fees.0.taker: 0.0006 → 0.0007"]
    assert entry["detail"]["text"] == "…"


async def test_a_venue_kept_before_files_were_kept_opens(tmp_path: Path) -> None:
    """Its rules stand; its file is known again once a start names it."""
    async with venue_on(tmp_path) as running:
        kept = running.venue.sequencer.state.folds.of(VenueFileFold).in_force
        assert kept is not None
        await running.venue.sequencer.submit(RecordNote(), notes=(VenueFileInForce("", kept.meaning),))
    async with venue_on(tmp_path, None) as again:
        assert len(again.venue.catalogue.instruments) == 1
        with pytest.raises(ServiceError, match="--config"):
            await ask(again, "set_state", names=[], state="halted")
    async with venue_on(tmp_path, VENUE) as named:
        await ask(named, "set_state", names=[], state="halted")
