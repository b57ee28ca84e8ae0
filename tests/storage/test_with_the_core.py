"""The store and the core together: what the rows say is what the ledger holds, and the journal makes the same state again."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from bedesten.core import Machine
from bedesten.domain import commands as c
from bedesten.domain.events import AccountOpened, Traded, read_events
from bedesten.domain.notes import AccountNamed
from bedesten.domain.orders import read_orders
from bedesten.services.ports import Batch
from bedesten.services.store_types import Account, StateSnapshot
from bedesten.storage.journal import outcome_of
from tests.builders import BASE, QUOTE, NaiveUnderTest, rows
from tests.properties.streams import ACCOUNTS, SETTINGS, Drawing, Setting, beginning
from tests.storage.conftest import Open

COMMANDS = 600
EVERYONE = (0, 1, 2, *ACCOUNTS)


def drawn(setting: Setting, seed: int) -> Iterator[tuple[c.Command, int]]:
    """Yield a stream that looks for trouble, with times that never go back."""
    exchange = NaiveUnderTest()
    drawing = Drawing(exchange, setting)
    for command in beginning(setting):
        exchange.submit(command)
        yield command, 0
    random_, latest = random.Random(seed), 0
    for _ in range(COMMANDS):
        command, time_ns = drawing.draw(random_.getrandbits(32))
        exchange.submit(command, time_ns)
        latest = max(latest, time_ns)
        yield command, latest


def batches(machine: Machine, setting: Setting, seed: int) -> Iterator[Batch]:
    """Apply a drawn stream in batches of all sizes, and yield each as the sequencer would commit it."""
    stream, first, random_ = list(drawn(setting, seed)), 1, random.Random(seed)
    while stream:
        size = random_.choice((1, 2, 3, 40))
        part, stream = stream[:size], stream[size:]
        commands = rows(part, first)
        machine.apply(commands)
        events, closed = machine.take_events(), machine.take_closed()
        opened = [event for event in read_events(events) if isinstance(event, AccountOpened)]
        yield Batch(
            first_seq=first, count=len(part), time_ns=part[-1][1], commands=commands.tobytes(), texts={}, events=events,
            closed=closed, closed_texts=[""] * len(read_orders(closed)),
            accounts=[Account(event.account, f"account {event.account}") for event in opened],
            notes=[(event.seq - first, AccountNamed(f"account {event.account}", 0)) for event in opened],
        )  # fmt: skip
        first += len(part)


@pytest.mark.parametrize("name", SETTINGS)
def test_postings_are_the_ledger_to_the_last_unit(opened: Open, name: str) -> None:
    """For every account and asset the postings sum up to the total that the core holds, whatever the fee rule."""
    machine, store = Machine(), opened().store
    trades, ended = 0, []
    for batch in batches(machine, SETTINGS[name], 1):
        store.commit(batch)
        trades += sum(isinstance(event, Traded) for event in read_events(batch.events))
        ended += read_orders(batch.closed)

    sums = {(account, asset): total for account, asset, total in store.sums()}
    per_asset = {asset: sum(total for (_, of), total in sums.items() if of == asset) for asset in (BASE, QUOTE)}

    for account in EVERYONE:
        for asset in (BASE, QUOTE):
            assert sums.get((account, asset), 0) == machine.balance(account, asset)[0]
    assert per_asset == {BASE: 0, QUOTE: 0}
    assert sum(len(store.trades(instrument, limit=10_000)) for instrument in (1, 2)) == trades > 0
    stored = [record.order for account in ACCOUNTS for record in store.orders(account, limit=10_000)]
    assert sorted(stored) == sorted(ended)
    for order in ended:
        fills = store.fills(order.account, order_ids=[order.order_id], limit=10_000)
        assert sum(fill.quantity for fill in fills) == order.filled
        assert (sum(fill.fee for fill in fills), sum(fill.tax for fill in fills)) == (order.fee, order.tax)


def test_replay_makes_the_same_state_and_the_same_outcome(opened: Open) -> None:
    """From the first command on, and from a snapshot on."""
    setting = SETTINGS["fine"]
    machine, first = Machine(), opened()
    for number, batch in enumerate(batches(machine, setting, 5)):
        first.store.commit(batch)
        if number == 20:
            first.snapshots.save(StateSnapshot(machine.seq, batch.time_ns, machine.snapshot(), {}))
    first.store.close()

    second = opened()
    whole = Machine()
    for record in second.store.records():
        whole.apply(memoryview(record.rows()).cast("q"))
        assert outcome_of(whole.take_events(), whole.take_closed()) == record.outcome
    snapshot = second.snapshots.newest()
    assert snapshot is not None
    shorter = Machine.restore(snapshot.core)
    for behind in second.store.batches(snapshot.seq):
        shorter.apply(memoryview(behind.commands).cast("q"))

    assert whole.digest() == shorter.digest() == machine.digest()
    assert whole.seq == shorter.seq == machine.seq == second.store.last_seq


def test_both_legs_of_an_exchange_are_postings(opened: Open) -> None:
    """Two rows for one command, and the sums are the ledger."""
    machine, store = Machine(), opened().store
    setting = SETTINGS[next(iter(SETTINGS))]
    asked = [(command, 0) for command in beginning(setting)]
    giver, taker = ACCOUNTS[:2]
    asked += [
        (c.Transfer(account=0, to_account=giver, asset=BASE, amount=50, reason=1), 0),
        (c.Transfer(account=0, to_account=taker, asset=QUOTE, amount=50, reason=1), 0),
        (c.Exchange(account=giver, to_account=taker, asset=BASE, amount=5, to_asset=QUOTE, to_amount=9), 0),
    ]
    commands = rows(asked, 1)
    machine.apply(commands)
    store.commit(
        Batch(
            first_seq=1, count=len(asked), time_ns=0, commands=commands.tobytes(), texts={},
            events=machine.take_events(), closed=b"", closed_texts=[],
        )
    )  # fmt: skip

    sums = {(account, asset): total for account, asset, total in store.sums()}
    legs = [(row.account, row.asset, row.amount) for row in store.transfers(giver, reasons=[5], limit=10)]

    assert sorted(legs) == [(giver, BASE, 5), (taker, QUOTE, 9)]
    for account in (giver, taker):
        for asset in (BASE, QUOTE):
            assert sums.get((account, asset), 0) == machine.balance(account, asset)[0]
