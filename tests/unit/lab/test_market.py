"""The engine as arrays: the same rows, the same rules, the same state as the machine told command by command."""

from __future__ import annotations

import numpy as np
import pytest

from bedesten.core import Machine
from bedesten.domain.commands import COMMAND_WIDTH, CancelOrder, PlaceOrder
from bedesten.domain.enums import EventKind, InstrumentState, Op, OrderType, RejectReason, Side, TimeInForce
from bedesten.domain.events import read_events
from bedesten.lab import BALANCE, COMMAND, EVENT, ORDER, Market, command_dtype, event_dtype, join
from bedesten.lab.dtypes import COMMANDS, defaults_of
from bedesten.lab.market import Rows, cells_of

SECOND = 1_000_000_000
BALANCES = {"USD": "1000000", "BTC": 10}


@pytest.fixture
def market() -> Market:
    return Market.open(accounts=20, balances=BALANCES)


def orders(market: Market, count: int, seed: int = 1) -> Rows:
    """Return random limit orders around 86,000 dollars."""
    generator = np.random.default_rng(seed)
    instrument = market.instruments["BTC-USD"]
    batch = market.batch(count)
    batch["account"] = generator.choice(market.accounts, count)
    batch["instrument"] = instrument.id
    batch["side"] = np.where(generator.integers(0, 2, count), Side.BUY, Side.SELL)
    batch["order_type"], batch["time_in_force"] = OrderType.LIMIT, TimeInForce.GTC
    batch["price"] = int(instrument.ticks("86000")) + generator.integers(-20, 21, count)
    batch["quantity"] = generator.integers(1, 50, count) * instrument.min_quantity
    return batch


@pytest.mark.parametrize("size", [1, 7, 300])
def test_batches_are_the_machine_told_row_by_row(market: Market, size: int) -> None:
    """Whatever the batches are, the state is that of commands one by one, and the events are the core's own."""
    machine = Machine.restore(market.machine.snapshot())
    batch, now = orders(market, 300), market.time_ns + SECOND
    told: list[object] = []

    for begin in range(0, 300, size):
        told += read_events(market.apply(batch[begin : begin + size], now).rows.tobytes())
    cells = cells_of(batch).copy()
    expected: list[object] = []
    for row in cells:
        machine.apply(memoryview(row.tobytes()).cast("q"))
        expected += read_events(machine.take_events())

    assert told == expected
    assert market.digest() == machine.digest()
    market.machine.audit()


def test_objects_and_rows_say_the_same(market: Market) -> None:
    """A command object is a row with the same defaults."""
    twin, instrument, now = market.fork(), market.instruments["BTC-USD"], market.time_ns
    place = PlaceOrder(
        account=int(market.accounts[0]), instrument=instrument.id, side=Side.BUY, order_type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC, price=100, quantity=instrument.min_quantity * 1000,
    )  # fmt: skip
    batch = market.batch(1)
    for name in ("account", "instrument", "side", "order_type", "time_in_force", "price", "quantity"):
        batch[name] = getattr(place, name)

    market.apply(batch, now)
    twin.tell([place], now)

    assert market.digest() == twin.digest()


def test_ops_are_joined_into_one_batch(market: Market) -> None:
    """Order by order: an order placed and canceled in the same batch is gone."""
    batch = orders(market, 1)
    batch["price"] = 1_000
    batch["quantity"] = 100_000
    cancel = market.batch(1, Op.CANCEL_ORDER)
    cancel["account"], cancel["order_id"] = batch["account"], market.machine.next_order_id

    events = market.apply(join(batch, cancel), market.time_ns)

    assert [len(events.placed), len(events.closed), len(events.rejected)] == [1, 1, 0]
    assert events.closed["order_id"][0] == events.placed["order_id"][0]
    assert not len(market.open_orders(int(batch["account"][0])))


def test_views_have_the_columns_of_their_kind(market: Market) -> None:
    """A trade's row tells both halves, a refusal's its reason."""
    market.apply(orders(market, 200), market.time_ns)
    wrong = orders(market, 1)
    wrong["quantity"] = 0
    wrong["budget"] = 5  # a limit order is by quantity

    refused = market.apply(wrong, market.time_ns).rejected
    trades = market.apply(orders(market, 200, seed=2), market.time_ns).trades

    assert [RejectReason(reason).name for reason in refused["reason"].tolist()] == ["UNSUPPORTED_COMBINATION"]
    assert len(trades) and (trades["taker_account"] >= market.accounts[0]).all()
    assert (trades["quantity"] > 0).all() and trades.dtype == event_dtype(EventKind.TRADED)


def test_what_one_looks_at_is_what_the_machine_says(market: Market) -> None:
    """Depth, balances and open orders, as arrays."""
    market.apply(orders(market, 300), market.time_ns)
    instrument = market.instruments["BTC-USD"].id
    account = int(market.accounts[3])

    bids = market.depth(instrument, Side.BUY, 5)
    balances = market.balances()

    assert [tuple(row) for row in bids.tolist()] == market.machine.depth(instrument, Side.BUY, 5)
    assert market.bbo(instrument)[0] == bids["price"][0]
    assert balances.dtype == BALANCE and market.open_orders(account).dtype == ORDER
    mine = balances[balances["account"] == account]
    assert {row["asset"]: (row["total"], row["held"]) for row in mine} == {
        asset: (total, held) for asset, total, held in market.machine.balances(account)
    }


def test_a_fork_goes_its_own_way(market: Market) -> None:
    """What is told to one changes nothing of the other, and the same told to both ends alike."""
    other, before = market.fork(), market.digest()

    other.apply(orders(market, 50), market.time_ns + 5)
    assert market.digest() == before != other.digest()
    market.apply(orders(market, 50), market.time_ns + 5)

    assert market.digest() == other.digest()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("strided", "contiguous"),
        ("bytes", "contiguous"),
        ("square", "contiguous"),
        ("back", "goes back"),
        ("times", "never go back"),
        ("few times", "one a row"),
    ],
)
def test_a_batch_that_is_none_is_refused_and_nothing_changes(market: Market, wrong: str, why: str) -> None:
    """The machine is not told, so it is not stopped, either."""
    batch, now, before = orders(market, 4), market.time_ns, market.digest()
    times = {
        "back": now - 1,
        "times": np.array([now, now + 2, now + 1, now + 3]),
        "few times": np.array([now, now]),
    }.get(wrong, now)
    rows = {"strided": batch[::2], "bytes": np.zeros(4, dtype="<i4"), "square": batch.reshape(2, 2)}.get(wrong, batch)

    with pytest.raises(ValueError, match=why):
        market.apply(rows, times)

    assert market.digest() == before
    market.apply(batch, now)


def test_an_empty_batch_does_nothing(market: Market) -> None:
    """Not even the time moves."""
    before = market.digest()

    assert not len(market.apply(market.batch(0), market.time_ns + SECOND)) and market.digest() == before


def test_every_row_has_its_own_time_if_told(market: Market) -> None:
    """And the events carry it."""
    now = market.time_ns
    times = now + np.arange(3) * SECOND

    events = market.apply(orders(market, 3), times)

    assert set(events.rows["time_ns"].tolist()) <= set(times.tolist()) and market.time_ns == times[-1]


def test_a_market_is_opened_with_decimals_and_refuses_what_does_not_fit() -> None:
    """A satoshi and a half is no amount of BTC; an asset must be listed."""
    with pytest.raises(ValueError, match="decimals|decimal"):
        Market.open(accounts=1, balances={"BTC": "0.000000015"})
    with pytest.raises(KeyError):
        Market.open(accounts=1, balances={"XYZ": 1})


@pytest.mark.parametrize("op", list(COMMANDS))
def test_a_row_of_every_op_is_as_wide_as_a_command_and_names_every_column(op: Op) -> None:
    """A copy of a row carries zeros in what the op does not use."""
    dtype = command_dtype(op)

    assert dtype.itemsize == COMMAND.itemsize == COMMAND_WIDTH * 8
    assert len(dtype.names or ()) == COMMAND_WIDTH
    assert set(defaults_of(op)) <= set(dtype.names or ())


def test_events_keep_their_rows(market: Market) -> None:
    """A later batch changes nothing of what an earlier one returned."""
    first = market.apply(orders(market, 20), market.time_ns)
    before = first.rows.copy()

    market.apply(orders(market, 20, seed=9), market.time_ns)

    assert (first.rows == before).all() and first.rows.dtype == EVENT


def test_the_packaged_rules_are_in_force(market: Market) -> None:
    """Instruments trade, and decimals become units by them."""
    instrument = market.instruments["BTC-USD"]

    assert instrument.state is InstrumentState.TRADING
    assert instrument.price_text(int(instrument.ticks("86000.5"))) == "86000.5"
    cancel = CancelOrder(account=int(market.accounts[0]), order_id=99)
    assert len(market.tell([cancel], market.time_ns).rejected) == 1
