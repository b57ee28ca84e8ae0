"""Private channels: an account's orders, fills and balances, and the ring from which a client that was away goes on.

Owns one stream an account that somebody hears, or heard up to KEPT_NS ago. Its channels share one count, and `prev` is the last
number of the same channel. Invariant: whoever resumes gets everything behind the number that it knows, or a snapshot; nothing is
left out in silence. A start has forgotten everything: numbers begin where they cannot have been before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from bedesten.dialects.contract import Channel
from bedesten.dialects.native.reasons import CORE
from bedesten.dialects.native.stream import render, shapes
from bedesten.dialects.native.trading import render as trading
from bedesten.domain.enums import EventKind
from bedesten.domain.orders import Order
from bedesten.services.accounts.accounts import Balance
from bedesten.services.store_types import OrderRecord

if TYPE_CHECKING:
    from bedesten.core import Machine
    from bedesten.services.orders.updates import OrderUpdate
    from bedesten.services.venue import Venue

RING_MAX: Final = 200  # messages of an account that can be sent again: a busy maker's seconds, a person's day
KEPT_NS: Final = 300_000_000_000  # after the last listener left: a phone's tunnel, a restart of a bot
STREAMS_MAX: Final = 5_000  # accounts that are remembered: those that nobody hears give way first

_EVENTS: Final = {
    EventKind.PLACED: "placed", EventKind.TRADED: "traded", EventKind.AMENDED: "amended", EventKind.TRIGGERED: "triggered",
    EventKind.REPRICED: "repriced", EventKind.CLOSED: "closed", EventKind.REJECTED: "rejected",
}  # fmt: skip


class Told(NamedTuple):
    """A message that was sent, as it is sent again."""

    seq: int
    channel: str
    payload: bytes


class AccountStream:
    """One account's channels, for all connections that hear any of them."""

    def __init__(self, venue: Venue, account: int) -> None:
        self.account = account
        self.listeners = 0
        self.left_ns = 0  # when the last one did
        self._venue = venue
        self._seq = self._first = venue.clock.now_ns() // 1_000
        self._last: dict[str, int] = {}  # by channel; the first number where nothing was told yet
        self._channels: dict[str, Channel] = {}
        self._ring: deque[Told] = deque(maxlen=RING_MAX)
        self._balances: dict[int, tuple[int, int]] = {}  # as they were told last
        venue.feeds.watch_account(account, self._ordered)
        venue.feeds.watch_balances(account, self._moved)

    def close(self) -> None:
        """Watch no more."""
        self._venue.feeds.unwatch_account(self.account, self._ordered)
        self._venue.feeds.unwatch_balances(self.account, self._moved)

    def channel(self, kind: str) -> Channel:
        """Return the channel of that kind."""
        if kind not in self._channels:
            self._channels[kind] = Channel(f"{kind} of {self.account}")
        return self._channels[kind]

    def missed(self, kind: str, after: int) -> list[bytes] | None:
        """Return what was told on a channel behind number *after*; None when that is not known any more."""
        if not self._first <= after <= self._seq:
            return None
        if (
            self._last.get(kind, self._first) > after and self._ring[0].seq > after + 1
        ):  # some have fallen out of the ring
            return None
        return [told.payload for told in self._ring if told.channel == kind and told.seq > after]

    def snapshot(self, machine: Machine, kind: str) -> bytes:
        """Return all of a channel as it stands; called between two commits."""
        seq = self._last.get(kind, self._first)
        return render.snapshot(kind, seq, self._venue.clock.now_ns(), self._shown(machine, kind))

    def _shown(self, machine: Machine, kind: str) -> Any:
        if kind == "orders":
            texts = self._venue.sequencer.state.texts
            orders = map(Order._make, machine.open_orders(self.account))
            records = [OrderRecord(order, texts.get(order.order_id, "")) for order in orders]
            return shapes.OpenOrders(trading.order_rows(self._venue.catalogue, records))
        if kind == "fills":
            return shapes.Fills([])
        has = {asset: (total, held) for asset, total, held in machine.balances(self.account)}
        rows = [Balance(asset, *has.get(asset.id, (0, 0))) for asset in self._venue.catalogue.assets]
        return shapes.Balances([trading.balance_row(row) for row in rows])

    def tell(self, kind: str, data: Any, time_ns: int) -> None:
        """Publish *data* on a channel, and remember it."""
        self._seq += 1
        payload = render.delta(kind, self._seq, self._last.get(kind, self._first), time_ns, data)
        self._last[kind] = self._seq
        self._ring.append(Told(self._seq, kind, payload))
        if (channel := self._channels.get(kind)) is not None:
            channel.publish(payload)

    def _ordered(self, account: int, updates: Sequence[OrderUpdate]) -> None:
        for update in updates:
            instrument = self._venue.catalogue.by_id(update.order.instrument)
            if instrument is None:
                continue
            event = shapes.OrderEvent(
                _EVENTS[update.kind],  # type: ignore[arg-type]  # one of the literals, by the table
                trading.order_row(instrument, OrderRecord(update.order, update.client_id)),
            )
            if update.trade is not None:
                event.fill = trading.fill_row(instrument, trading.fill_of(update.trade, is_maker=update.is_maker))
                self.tell("orders", event, update.time_ns)
                self.tell("fills", shapes.Fills([event.fill]), update.time_ns)
                continue
            if update.reason is not None:
                event.reason = CORE[update.reason].name
            self.tell("orders", event, update.time_ns)

    def _moved(self, account: int, assets: set[int]) -> None:
        machine = self._venue.sequencer.state.machine
        rows = []
        for number in sorted(assets):
            now, asset = machine.balance(account, number), self._venue.catalogue.asset_by_id(number)
            if asset is not None and self._balances.get(number) != now:
                self._balances[number] = now
                rows.append(trading.balance_row(Balance(asset, *now)))
        if rows:
            self.tell("balances", shapes.Balances(rows), self._venue.sequencer.state.time_ns)


class AccountStreams:
    """The streams of all accounts that are heard, or were a short while ago."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._streams: dict[int, AccountStream] = {}  # those that were left longest ago, first

    def enter(self, account: int) -> AccountStream:
        """Count one more listener of an account, and return what it hears."""
        self._forget_old()
        stream = self._streams.pop(account, None)
        if stream is None:
            if len(self._streams) >= STREAMS_MAX:
                self._forget_one()
            stream = AccountStream(self._venue, account)
        self._streams[account] = stream
        stream.listeners += 1
        return stream

    def leave(self, stream: AccountStream) -> None:
        """Count one listener less: what happens goes on being remembered for a while."""
        stream.listeners -= 1
        if not stream.listeners:
            stream.left_ns = self._venue.clock.now_ns()
            self._streams.pop(stream.account)
            self._streams[stream.account] = stream
        self._forget_old()

    def _forget_old(self) -> None:
        since_ns = self._venue.clock.now_ns() - KEPT_NS
        for stream in [each for each in self._streams.values() if not each.listeners and each.left_ns <= since_ns]:
            self._forget(stream)

    def _forget_one(self) -> None:
        idle = next((each for each in self._streams.values() if not each.listeners), None)
        if idle is not None:
            self._forget(idle)

    def _forget(self, stream: AccountStream) -> None:
        del self._streams[stream.account]
        stream.close()
