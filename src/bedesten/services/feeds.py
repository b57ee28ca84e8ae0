"""Feeds: who is told what, right after a commit. Costs nothing where nobody watches.

Listeners are called in the event loop, one after the other, and must return at once. A listener that raises is logged and
passed over: it must never hold up the venue. Inside a listener the core may be read directly: all it holds is committed.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from bedesten.domain.columns import KIND, at
from bedesten.domain.enums import EventKind
from bedesten.domain.events import Traded, type_of
from bedesten.services.accounts.touched import AssetsOf, touched_balances
from bedesten.services.orders.updates import OrderUpdate, order_updates
from bedesten.services.sequencing.sequencer import Committed
from bedesten.services.sequencing.state import VenueState
from bedesten.services.store_types import Announcement

TradesListener = Callable[[int, list[Traded]], None]
BooksListener = Callable[[set[int]], None]
OrdersListener = Callable[[int, list[OrderUpdate]], None]
CommitListener = Callable[[Committed], None]
BalancesListener = Callable[[int, set[int]], None]
AnnouncementListener = Callable[[Sequence[Announcement]], None]
Listener = TypeVar("Listener")

ANNOUNCED_MAX: Final = 50  # that a newcomer is told of: an operator's day

_log = logging.getLogger("bedesten.feeds")

#: Where an event row names its instrument, for the events that change what a book shows. With INDEX_AGED pegs leave the book.
_INSTRUMENT_AT: Final = {
    kind: at(type_of[kind], "instrument")
    for kind in (
        EventKind.PLACED, EventKind.TRADED, EventKind.CLOSED, EventKind.AMENDED, EventKind.TRIGGERED, EventKind.REPRICED,
        EventKind.INDEX_AGED,
    )
}  # fmt: skip


class Feeds:
    """The listeners, by what they want to hear."""

    def __init__(self, state: VenueState, assets_of: AssetsOf = lambda instrument: ()) -> None:
        """*assets_of*: the assets that an instrument's orders hold and move."""
        self._state = state
        self._assets_of = assets_of
        self._commits: list[CommitListener] = []
        self._trades: list[TradesListener] = []
        self._books: list[BooksListener] = []
        self._orders: dict[int, list[OrdersListener]] = {}
        self._balances: dict[int, list[BalancesListener]] = {}
        self._announcements: list[AnnouncementListener] = []
        self.announced: deque[Announcement] = deque(maxlen=ANNOUNCED_MAX)  # oldest first

    def watch_commits(self, listener: CommitListener) -> None:
        """Call listener(committed) after every commit, before the others."""
        self._commits.append(listener)

    def watch_announcements(self, listener: AnnouncementListener) -> None:
        """Call listener(announcements) for what an operator changed, in one step, for all to know."""
        self._announcements.append(listener)

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """Tell everybody."""
        if announcements:
            self.announced.extend(announcements)
            for listener in self._announcements:
                _call(listener, announcements)

    def watch_trades(self, listener: TradesListener) -> None:
        """Call listener(instrument_id, trades) for the matches of a commit, oldest first."""
        self._trades.append(listener)

    def unwatch_trades(self, listener: TradesListener) -> None:
        """Undo `watch_trades`."""
        _drop(self._trades, listener)

    def watch_books(self, listener: BooksListener) -> None:
        """Call listener(instrument_ids) with the instruments whose books a commit changed."""
        self._books.append(listener)

    def unwatch_books(self, listener: BooksListener) -> None:
        """Undo `watch_books`."""
        _drop(self._books, listener)

    def watch_account(self, account: int, listener: OrdersListener) -> None:
        """Call listener(account, updates) with what a commit did to the account's orders, in order."""
        self._orders.setdefault(account, []).append(listener)

    def unwatch_account(self, account: int, listener: OrdersListener) -> None:
        """Undo `watch_account`."""
        listeners = self._orders.get(account, [])
        _drop(listeners, listener)
        if not listeners:
            self._orders.pop(account, None)

    def watch_balances(self, account: int, listener: BalancesListener) -> None:
        """Call listener(account, assets) with the assets of which a commit may have changed what the account has or holds.

        It is called behind the account's orders of the same commit.
        """
        self._balances.setdefault(account, []).append(listener)

    def unwatch_balances(self, account: int, listener: BalancesListener) -> None:
        """Undo `watch_balances`."""
        listeners = self._balances.get(account, [])
        _drop(listeners, listener)
        if not listeners:
            self._balances.pop(account, None)

    def publish(self, committed: Committed) -> None:
        """Tell everyone who watches; the sequencer calls this after each commit."""
        for listener in tuple(self._commits):
            _call(listener, committed)
        if committed.trades and self._trades:
            for instrument, trades in _by_instrument(committed.trades).items():
                for on_trades in tuple(self._trades):
                    _call(on_trades, instrument, trades)
        if self._books and (changed := _changed_books(committed)):
            for on_books in tuple(self._books):
                _call(on_books, changed)
        if self._orders:
            for account, updates in order_updates(committed, self._state, self._orders).items():
                for on_orders in tuple(self._orders.get(account, ())):
                    _call(on_orders, account, updates)
        if self._balances:
            for account, assets in touched_balances(committed.events, self._balances, self._assets_of).items():
                for on_balances in tuple(self._balances.get(account, ())):
                    _call(on_balances, account, assets)


def _by_instrument(trades: Iterable[Traded]) -> dict[int, list[Traded]]:
    grouped: dict[int, list[Traded]] = {}
    for trade in trades:
        grouped.setdefault(trade.instrument, []).append(trade)
    return grouped


def _changed_books(committed: Committed) -> set[int]:
    find = _INSTRUMENT_AT.get
    # a record of integers throughout: a checker sees a place as any number, past its end too
    return {event[place] for event in committed.events if (place := find(event[KIND]))}  # type: ignore[call-overload]


def _drop(listeners: list[Listener], listener: Listener) -> None:
    if listener in listeners:
        listeners.remove(listener)


def _call(listener: Callable[..., None], *told: object) -> None:
    try:
        listener(*told)
    except Exception:  # noqa: BLE001  the top of whoever listens; the venue goes on
        _log.exception("a listener failed")
