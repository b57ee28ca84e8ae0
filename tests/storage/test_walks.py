"""Every list is walked to its end by its rows' numbers, however many rows share one instant, and both ways."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from bedesten.services.ports import NS_MAX
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore
from tests.storage.market import ALICE, BOB, QUOTE_FEES, RECEIVED_FEES, SECOND_NS, START_NS, Market

AT_ONCE: Final = 40  # rows of a kind in one instant, and more than any page below


@pytest.fixture
def store() -> SqliteStore:
    """Three instants, each with far more rows than a page, on two instruments."""
    market, memory = Market(), open_memory()
    market.list_instruments()
    market.open_accounts()
    for _ in range(3):
        for number in range(AT_ONCE):
            market.deposit(ALICE, 1 + number % 2, 1_000)
            market.trade(instrument=RECEIVED_FEES if number % 3 else QUOTE_FEES, client_id="bot")
        memory.commit(market.take())
    return memory


Ask = Callable[..., Sequence[Any]]


def lists(store: SqliteStore) -> dict[str, tuple[Ask, Callable[[Any], int]]]:
    """Return how each list is asked, and the number of a row."""
    taken = [order.order.order_id for order in store.orders(BOB, limit=1_000)]
    return {
        "fills": (lambda **page: store.fills(ALICE, **page), lambda row: row.trade_id),
        "fills of an instrument": (
            lambda **page: store.fills(BOB, instrument=RECEIVED_FEES, **page),
            lambda row: row.trade_id,
        ),
        "fills of orders": (lambda **page: store.fills(BOB, order_ids=taken, **page), lambda row: row.trade_id),
        "fills of a client id": (lambda **page: store.fills(ALICE, client_id="bot", **page), lambda row: row.trade_id),
        "fills of a client id on an instrument": (
            lambda **page: store.fills(ALICE, client_id="bot", instrument=RECEIVED_FEES, **page),
            lambda row: row.trade_id,
        ),
        "fills of an order and a client id": (
            lambda **page: store.fills(ALICE, client_id="bot", order_ids=taken[:1], **page),
            lambda row: row.trade_id,
        ),
        "trades": (lambda **page: store.trades(QUOTE_FEES, **page), lambda row: row.trade_id),
        "transfers": (lambda **page: store.transfers(ALICE, **page), lambda row: row.row_id),
        "transfers of an asset": (
            lambda **page: store.transfers(ALICE, assets=[2], reasons=[1], **page),
            lambda row: row.row_id,
        ),
        "transfers of several assets and reasons": (
            lambda **page: store.transfers(ALICE, assets=[1, 2, 9], reasons=[1, 2, 3], **page),
            lambda row: row.row_id,
        ),
        "orders": (lambda **page: store.orders(ALICE, **page), lambda row: row.order.order_id),
    }


NAMES: Final = (
    "fills", "fills of an instrument", "fills of orders", "fills of a client id", "fills of a client id on an instrument",
    "fills of an order and a client id", "trades", "transfers", "transfers of an asset",
    "transfers of several assets and reasons", "orders",
)  # fmt: skip


@pytest.mark.parametrize("instruments", [None, [RECEIVED_FEES], [QUOTE_FEES, 99], [99]])
@pytest.mark.parametrize("size", [1, 7, 500])
def test_pages_by_number_skip_what_stands_in_front_of_them(
    store: SqliteStore, instruments: list[int] | None, size: int
) -> None:
    """Orders that ended, those that came last first, whatever they ended by, from a number on and within a span."""
    every = sorted(store.orders(ALICE, limit=10_000), key=lambda row: -row.order.order_id)
    middle = every[len(every) // 2].order
    wanted = [row for row in every if instruments is None or row.order.instrument in instruments]
    for bounds, is_in in (
        ({}, lambda order: True),
        ({"from_id": middle.order_id}, lambda order: order.order_id >= middle.order_id),
        ({"start_ns": middle.created_ns}, lambda order: order.created_ns >= middle.created_ns),
        ({"end_ns": middle.created_ns}, lambda order: order.created_ns < middle.created_ns),
        ({"start_ns": NS_MAX - 1, "end_ns": NS_MAX}, lambda order: False),
    ):
        pages: list[Any] = []
        while page := store.orders_by_number(ALICE, instruments=instruments, skip=len(pages), limit=size, **bounds):
            pages += page
        assert pages == [row for row in wanted if is_in(row.order)]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1, 7, 39])
def test_a_walk_meets_every_row_once_from_the_newest_on_and_from_the_oldest(
    store: SqliteStore, name: str, size: int
) -> None:
    """Each page begins where the last one ended, in the middle of an instant as a rule."""
    ask, number = lists(store)[name]
    everything = list(ask(limit=10_000))

    back: list[Any] = []
    while page := ask(limit=size, **({"before_id": number(back[-1])} if back else {})):
        back += page
    onwards: list[Any] = []
    while page := ask(limit=size, oldest_first=True, **({"after_id": number(onwards[-1])} if onwards else {})):
        onwards += page

    assert len(everything) >= AT_ONCE
    assert back == everything
    assert onwards == everything[::-1]


@pytest.mark.parametrize("name", NAMES)
def test_both_bounds_and_a_window_narrow_one_another(store: SqliteStore, name: str) -> None:
    """What is answered is what a reader would choose from the whole list by hand."""
    ask, number = lists(store)[name]
    everything = list(ask(limit=10_000))
    places = {number(row): at for at, row in enumerate(everything)}
    draw = random.Random(7)
    for _ in range(50):
        newer, older = sorted(draw.sample(range(len(everything)), 2))
        start_ns = START_NS + draw.choice([0, 1, 2]) * SECOND_NS
        time_of = (lambda row: row.order.updated_ns) if name == "orders" else (lambda row: row.time_ns)

        found = ask(
            after_id=number(everything[older]), before_id=number(everything[newer]), start_ns=start_ns, end_ns=NS_MAX,
            limit=1_000,
        )  # fmt: skip

        assert list(found) == [row for row in everything[newer + 1 : older] if time_of(row) >= start_ns]
        assert [places[number(row)] for row in found] == sorted(places[number(row)] for row in found)


def test_holds_are_walked_back_too(store: SqliteStore) -> None:
    """A list without any has no page."""
    assert store.holds(ALICE, reason=1, before_id=5, limit=10) == []
