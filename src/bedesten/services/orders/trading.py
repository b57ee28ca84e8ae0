"""Trading: orders placed, amended, canceled and looked up on behalf of an account.

Asks the account's standing where a command is handed in; never decides whether an order is good: that is the core's. Client
ids are texts of the client's own; the core sees a 64-bit stand-in for each, the text is kept beside the order.
"""

from __future__ import annotations

import heapq
from collections.abc import Awaitable, Callable, Iterable, Sequence
from hashlib import blake2b
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from bedesten.clock import Clock
from bedesten.core import Machine
from bedesten.domain.commands import (
    EVERY_INSTRUMENT,
    AmendOrder,
    CancelAll,
    CancelAllAfter,
    CancelClientRef,
    CancelOrder,
    PlaceOco,
    PlaceOrder,
)
from bedesten.domain.enums import RejectReason, SelfTrade
from bedesten.domain.orders import Order
from bedesten.domain.texts import is_fit
from bedesten.services import authority
from bedesten.services.errors import OutOfRange
from bedesten.services.orders import order_result as outcome
from bedesten.services.orders.ended import EndedOrders
from bedesten.services.orders.order_result import Outcome
from bedesten.services.ports import NS_MAX, Rows
from bedesten.services.sequencing.sequencer import LOOK_AT_PLACED, Result, Sequencer
from bedesten.services.store_types import Fill, OrderRecord
from bedesten.services.threads import histories, look_ups

ROWS_MAX: Final = 1_000  # rows of history in one answer, twice what any venue here offers
DECREMENT: Final = int(SelfTrade.DECREMENT)
NAMESAKES_MAX: Final = 16  # orders under one client id that are looked at
CLIENT_ID_CHARS_MAX: Final = 128  # twice what clients are known to allow; a text longer than this is not an id


def client_ref(account: int, client_id: str) -> int:
    """Return the 64-bit stand-in for a client id: positive, and different between accounts."""
    digest = blake2b(f"{account}:{client_id}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 1) or 1


Submit = Callable[..., Awaitable[Result]]


class OrderSpan(NamedTuple):
    """Orders on these instruments, numbered from_id or higher, that came within start_ns ≤ time < end_ns."""

    instruments: Sequence[int]
    from_id: int = 0
    start_ns: int = 0
    end_ns: int = NS_MAX

    def has(self, order: Order) -> bool:
        """Return whether an order is among them."""
        is_in_time = self.start_ns <= order.created_ns < self.end_ns
        return is_in_time and order.order_id >= self.from_id and order.instrument in self.instruments


class Trading:
    """What an account may do about orders."""

    def __init__(
        self, sequencer: Sequencer, rows: Rows, clock: Clock, ended: EndedOrders, may_trade: Callable[[int], bool]
    ) -> None:
        self._submit: Submit = sequencer.submit
        self._sequencer = sequencer
        self._state = sequencer.state
        self._rows = rows
        self._clock = clock
        self._ended = ended
        self._may_trade = may_trade

    def submit_by(self, submit: Submit) -> None:
        """Hand commands in by *submit* from now on: a sandbox's, which has more to hand in with some."""
        self._submit = submit

    # ── orders ──

    async def place(self, command: PlaceOrder | PlaceOco, client_id: str = "") -> Outcome:
        """Place one order, or two of which one ends the other; both then carry the client id.

        Raises: Overloaded, Stopped.
        """
        if client_id and (len(client_id) > CLIENT_ID_CHARS_MAX or not is_fit(client_id)):
            return outcome.refused(RejectReason.MALFORMED, self._clock.now_ns())
        if not self._may_trade(command.account):
            return outcome.refused(RejectReason.ACCOUNT_SUSPENDED, self._clock.now_ns())
        try:
            if client_id:
                command = msgspec.structs.replace(command, client_ref=client_ref(command.account, client_id))
            # What decrementing takes off an order is told by no event.
            look_at = LOOK_AT_PLACED if command.self_trade == DECREMENT else 0
            result = await self._submit(command, text=client_id, look_at=look_at)
        except OutOfRange:
            return self._out_of_range()
        return outcome.of_place(command, client_id, result)

    async def amend(self, command: AmendOrder) -> Outcome:
        """Change an open order.

        Raises: Overloaded, Stopped.
        """
        if not self._may_trade(command.account):
            return outcome.refused(RejectReason.ACCOUNT_SUSPENDED, self._clock.now_ns())
        try:
            result = await self._submit(command, look_at=command.order_id)
        except OutOfRange:
            return self._out_of_range()
        return outcome.of_amend(command.order_id, result)

    async def cancel(self, command: CancelOrder) -> Outcome:
        """Cancel one open order, and with it the other leg of an OCO order.

        Raises: Overloaded, Stopped.
        """
        return await self._cancel(command)

    async def cancel_by_client_id(self, account: int, client_id: str, instrument_id: int = EVERY_INSTRUMENT) -> Outcome:
        """Cancel every open order of the account that carries the client id.

        Raises: Overloaded, Stopped.
        """
        reference = client_ref(account, client_id)
        return await self._cancel(CancelClientRef(account=account, client_ref=reference, instrument=instrument_id))

    async def cancel_all(self, account: int, instrument_id: int = EVERY_INSTRUMENT) -> Outcome:
        """Cancel every open order of the account, on one instrument or on all.

        Raises: Overloaded, Stopped.
        """
        return await self._cancel(CancelAll(account=account, instrument=instrument_id))

    async def _cancel(self, command: CancelOrder | CancelClientRef | CancelAll) -> Outcome:
        authority.recheck()
        try:
            result = await self._submit(command)
        except OutOfRange:
            return self._out_of_range()
        return outcome.of_cancel(command.account, result)

    async def cancel_all_after(self, account: int, timeout_ns: int) -> Outcome:
        """Arm or extend the account's dead-man timer; a *timeout_ns* of 0 disarms it.

        Raises: Overloaded, Stopped.
        """
        authority.recheck()
        deadline_ns = min(self._clock.now_ns() + timeout_ns, NS_MAX) if timeout_ns else 0
        result = await self._submit(CancelAllAfter(account=account, deadline_ns=deadline_ns))
        return outcome.of_cancel(account, result)

    # ── looking up ──

    async def order(self, account: int, order_id: int = 0, client_id: str = "") -> OrderRecord | None:
        """Return an order of the account, open or ended, by number or else by client id (the newest that carries it)."""
        if not order_id and not client_id:
            return None
        live = await self._sequencer.read(lambda machine: self._live(machine, account, order_id, client_id))
        if live is not None:
            return live
        recent = self._ended.find(account, order_id, client_id)
        if recent is not None:
            return recent
        await self._sequencer.settled()
        if order_id:
            return await look_ups.run(self._rows.order, account, order_id)
        named = await look_ups.run(self._rows.orders_by_client_id, account, client_id, 1)
        return named[0] if named else None

    async def live_namesakes(self, account: int, client_id: str) -> list[OrderRecord]:
        """Return the open orders of the account that carry a client id, newest first."""
        reference = client_ref(account, client_id)

        def ask(machine: Machine) -> list[OrderRecord]:
            if (account, client_id) not in self._state.by_client_id:
                return []
            rows = map(Order._make, machine.open_orders(account, EVERY_INSTRUMENT))
            return [OrderRecord(order, client_id) for order in rows if order.client_ref == reference][::-1]

        return await self._sequencer.read(ask)

    async def ended_namesakes(self, account: int, client_id: str) -> list[OrderRecord]:
        """Return the ended orders of the account that carried a client id, newest first, NAMESAKES_MAX of them."""
        await self._sequencer.settled()
        return list(await look_ups.run(self._rows.orders_by_client_id, account, client_id, NAMESAKES_MAX))

    async def open_orders(self, account: int, instrument_id: int = EVERY_INSTRUMENT) -> list[OrderRecord]:
        """Return the account's open orders, oldest first."""
        texts = self._state.texts

        def ask(machine: Machine) -> list[OrderRecord]:
            rows = machine.open_orders(account, instrument_id)
            return [OrderRecord(order, texts.get(order.order_id, "")) for order in map(Order._make, rows)]

        return await self._sequencer.read(ask)

    async def order_history(
        self,
        account: int,
        instrument_id: int | None = None,
        *,
        start_ns: int = 0,
        end_ns: int = NS_MAX,
        before_id: int = 0,
        limit: int = ROWS_MAX,
    ) -> list[OrderRecord]:
        """Return the account's ended orders, those that ended last first; *before_id*: that ended before this order."""
        await self._sequencer.settled()
        return await histories.run(
            self._rows.orders, account, instrument=instrument_id, start_ns=start_ns, end_ns=end_ns, before_id=before_id,
            limit=min(limit, ROWS_MAX),
        )  # fmt: skip

    async def newest_orders(self, account: int, span: OrderSpan, *, skip: int, limit: int) -> list[OrderRecord]:
        """Return the account's orders of a span, open and ended, those that came last first, behind *skip* of them.

        No more ended orders are read than are shown, and as many as are open: where they stand is found by their numbers.
        """
        came = [record for record in await self.open_orders(account) if span.has(record.order)]
        came.reverse()
        await self._sequencer.settled()
        unread = max(skip - len(came), 0)  # that are certainly in front of the page
        ended = await histories.run(
            self._rows.orders_by_number, account, instruments=span.instruments, from_id=span.from_id, start_ns=span.start_ns,
            end_ns=span.end_ns, skip=min(unread, NS_MAX), limit=min(limit, ROWS_MAX) + skip - unread,
        )  # fmt: skip
        last = ended[0].order.order_id if unread and ended else NS_MAX
        open_ids = {record.order.order_id for record in came}
        in_front = unread + sum(each > last for each in open_ids)
        behind = [record for record in came if record.order.order_id <= last]
        ended = [record for record in ended if record.order.order_id not in open_ids]  # it ended since it was looked at
        merged = heapq.merge(behind, ended, key=_number, reverse=True)
        return list(islice(merged, skip - in_front, skip - in_front + limit))

    async def fills(
        self,
        account: int,
        instrument_id: int | None = None,
        *,
        start_ns: int = 0,
        end_ns: int = NS_MAX,
        order_id: int = 0,
        client_id: str = "",
        after_id: int = 0,
        before_id: int = NS_MAX,
        oldest_first: bool = False,
        limit: int = ROWS_MAX,
    ) -> list[Fill]:
        """Return the account's halves of matches, newest first; of one order, or of those that carry a client id.

        after_id, before_id: of matches. oldest_first: those nearest to after_id, oldest first: whoever asks again with the
        last match he knows misses none.
        """
        order_ids: list[int] | None = None
        if order_id:
            order_ids = [order_id]
        elif client_id:
            order_ids = await self._open_namesakes(account, client_id)
        await self._sequencer.settled()
        return await histories.run(
            self._rows.fills, account, instrument=instrument_id, order_ids=order_ids, client_id="" if order_id else client_id,
            start_ns=start_ns, end_ns=end_ns,
            after_id=after_id, before_id=before_id, oldest_first=oldest_first, limit=min(limit, ROWS_MAX),
        )  # fmt: skip

    async def records(self, account: int, order_ids: Iterable[int]) -> dict[int, OrderRecord]:
        """Return the account's orders of these numbers, open or ended: what their fills are shown with."""
        wanted = set(order_ids)
        found: dict[int, OrderRecord] = {}

        def ask(machine: Machine) -> None:
            for order_id in wanted:
                record = self._live(machine, account, order_id, "") or self._ended.find(account, order_id)
                if record is not None:
                    found[order_id] = record

        await self._sequencer.read(ask)
        if missing := sorted(wanted - found.keys()):
            await self._sequencer.settled()
            stored: Sequence[OrderRecord] = await look_ups.run(self._rows.orders_by_id, account, missing)
            found.update((record.order.order_id, record) for record in stored)
        return found

    def _live(self, machine: Machine, account: int, order_id: int, client_id: str) -> OrderRecord | None:
        order_id = order_id or self._state.by_client_id.get((account, client_id), 0)
        row = machine.order(order_id) if order_id else None
        if row is None or (order := Order._make(row)).account != account:
            return None
        return OrderRecord(order, self._state.texts.get(order_id, ""))

    async def _open_namesakes(self, account: int, client_id: str) -> list[int]:
        reference = client_ref(account, client_id)
        return [
            record.order.order_id for record in await self.open_orders(account) if record.order.client_ref == reference
        ]

    def _out_of_range(self) -> Outcome:
        return outcome.refused(RejectReason.AMOUNT_OUT_OF_RANGE, self._clock.now_ns())


def _number(record: OrderRecord) -> int:
    return record.order.order_id
