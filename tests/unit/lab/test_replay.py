"""Recordings: orders one by one, levels and trades, own orders among them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.lab import Market
from bedesten.lab import replay as replaying
from bedesten.lab.models import OPTIMISTIC, RISK_AVERSE, Queue, proportional
from bedesten.lab.replay import ADD, CANCEL, L2, L3, LEVEL_SET, REDUCE, TAKE, TRADE, Replay, read_csv

BUY, SELL = int(Side.BUY), int(Side.SELL)
P = 172_000  # ticks


@pytest.fixture
def market() -> Market:
    return Market.open(accounts=2, balances={"USD": "10000000", "BTC": 100})


def rest(market: Market, price: int, quantity: int, side: int = BUY) -> int:
    """Place an own order and return its id."""
    order = market.batch(1)
    order["account"], order["instrument"] = market.accounts[0], market.instruments["BTC-USD"].id
    order["side"], order["order_type"], order["time_in_force"] = side, OrderType.LIMIT, TimeInForce.GTC
    order["price"], order["quantity"] = price, quantity
    placed = market.apply(order, market.time_ns).placed
    assert len(placed) == 1
    return int(placed["order_id"][0])


def levels(market: Market, side: int = BUY) -> list[tuple[int, int]]:
    return [tuple(row) for row in market.depth(market.instruments["BTC-USD"].id, Side(side)).tolist()]


@pytest.mark.parametrize("piece", [1, 3, 4_096])
def test_pieces_of_any_size_are_the_same_replay(market: Market, piece: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row speaks of the newest order before it that was added under its number, in whichever piece; of none, it is refused."""
    monkeypatch.setattr(replaying, "PIECE", piece)
    now = market.time_ns
    recording = np.array(
        [
            (now + 1, CANCEL, 5, BUY, 0, 0),
            (now + 2, ADD, 5, BUY, P, 100),
            (now + 3, ADD, 6, BUY, P - 2, 40),
            (now + 4, CANCEL, 5, BUY, 0, 0),
            (now + 5, ADD, 5, BUY, P - 1, 70),
            (now + 6, REDUCE, 6, BUY, 0, 30),
            (now + 7, REDUCE, 5, BUY, 0, 20),
            (now + 8, TAKE, 9, SELL, P - 1, 5),
            (now + 9, CANCEL, 6, BUY, 0, 0),
            (now + 10, CANCEL, 7, BUY, 0, 0),
        ],
        dtype=L3,
    )
    replay = Replay(market, "BTC-USD", recording)
    first, rest = replay.run(now + 5).events, replay.run().events

    assert levels(market) == [(P - 1, 15)] and replay.is_over
    assert (len(first.rejected), len(rest.rejected)) == (1, 1)
    assert np.concatenate([first.rows["seq"], rest.rows["seq"]]).tolist() == sorted(
        [*first.rows["seq"], *rest.rows["seq"]]
    )


def test_recorded_orders_stand_and_go_as_recorded(market: Market) -> None:
    """Added, reduced, canceled, taken: in one batch."""
    now = market.time_ns
    recording = np.array(
        [
            (now + 1, ADD, 501, BUY, P, 100),
            (now + 2, ADD, 502, BUY, P - 1, 50),
            (now + 3, ADD, 503, BUY, P, 30),
            (now + 4, REDUCE, 501, BUY, P, 60),
            (now + 5, CANCEL, 502, BUY, 0, 0),
            (now + 6, TAKE, 504, SELL, P, 70),
        ],
        dtype=L3,
    )
    replay = Replay(market, "BTC-USD", recording)

    first = replay.run(now + 3)
    assert levels(market) == [(P, 130), (P - 1, 50)] and not replay.is_over
    rest_of_it = replay.run()

    assert levels(market) == [(P, 20)] and replay.is_over
    assert rest_of_it.events.trades["quantity"].tolist() == [60, 10]
    assert first.model == rest_of_it.model == ""
    assert not len(replay.run().events)
    market.machine.audit()


def test_an_own_order_has_its_place_in_the_queue(market: Market) -> None:
    """Behind who came before it, before who came later."""
    now = market.time_ns
    recording = np.array(
        [(now + 1, ADD, 1, BUY, P, 100), (now + 3, ADD, 2, BUY, P, 100), (now + 4, TAKE, 3, SELL, P, 130)], dtype=L3
    )
    replay = Replay(market, "BTC-USD", recording)
    replay.run(now + 2)
    own = rest(market, P, 50)

    trades = replay.run().events.trades

    assert [(row["maker_order"] == own, row["quantity"]) for row in trades] == [(False, 100), (True, 30)]


@pytest.mark.parametrize(
    ("queue", "filled"),
    [(RISK_AVERSE, 0), (OPTIMISTIC, 40), (proportional(), 20)],
    ids=lambda each: getattr(each, "name", str(each)),
)
def test_who_left_a_level_is_the_models_guess_and_is_named(market: Market, queue: Queue, filled: int) -> None:
    """Forty lots leave a level of forty ahead and forty behind: then forty are sold into it."""
    now = market.time_ns
    recording = np.array(
        [
            (now + 1, LEVEL_SET, BUY, P, 40),
            (now + 3, LEVEL_SET, BUY, P, 80),
            (now + 4, LEVEL_SET, BUY, P, 40),
            (now + 5, TRADE, SELL, P, 40),
        ],
        dtype=L2,
    )
    replay = Replay(market, "BTC-USD", recording, queue=queue)
    replay.run(now + 2)
    own = rest(market, P, 100)

    replayed = replay.run()

    trades = replayed.events.trades
    assert trades["quantity"][trades["maker_order"] == own].sum() == filled
    assert replayed.model == queue.name
    market.machine.audit()


def test_a_level_without_own_orders_is_what_was_recorded(market: Market) -> None:
    """Up, down, gone, and back; random recordings end with the last quantity of every level."""
    generator, now = np.random.default_rng(4), market.time_ns
    count = 400
    recording = np.zeros(count, dtype=L2)
    recording["time_ns"], recording["kind"], recording["side"] = now + np.arange(count), LEVEL_SET, BUY
    recording["price"] = P - generator.integers(0, 10, count)
    recording["quantity"] = generator.integers(0, 5, count) * 10
    last = {int(row["price"]): int(row["quantity"]) for row in recording}

    Replay(market, "BTC-USD", recording).run()

    assert dict(levels(market)) == {price: quantity for price, quantity in last.items() if quantity}


def test_a_csv_is_read_by_the_instruments_decimals(market: Market, tmp_path: Path) -> None:
    """Prices and quantities as people write them; a line that is wrong is named."""
    instrument, file = market.instruments["BTC-USD"], tmp_path / "day.csv"
    file.write_text("time_ns,kind,side,price,quantity\n1,level,buy,86000.5,0.001\n2,trade,sell,86000.5,0.0005\n")

    rows = read_csv(file, instrument)

    assert rows.dtype == L2 and rows["price"][0] == instrument.ticks("86000.5")
    file.write_text("time_ns,kind,order,side,price,quantity\n1,add,5,buy,86000.5,0.001\n2,add,6,buy,86000.123,0.001\n")
    with pytest.raises(ValueError, match="line 3"):
        read_csv(file, instrument)
    file.write_text("time_ns,kind,side,price,quantity\n1,hold,buy,1,1\n")
    with pytest.raises(ValueError, match="line 2"):
        read_csv(file, instrument)


def test_a_recording_that_goes_back_is_refused(market: Market) -> None:
    """So is an array that is none."""
    with pytest.raises(ValueError, match="recording"):
        Replay(market, "BTC-USD", np.array([(2, TRADE, BUY, 1, 1), (1, TRADE, BUY, 1, 1)], dtype=L2))
    with pytest.raises(ValueError, match="recording"):
        Replay(market, "BTC-USD", np.zeros(2, dtype="<i8"))
