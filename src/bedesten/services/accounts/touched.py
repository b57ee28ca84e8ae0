"""Whose balances a commit touched: found from its events alone, for those who are watched."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Final

from bedesten.domain.events import (
    Amended,
    Closed,
    Event,
    Exchanged,
    FundsCaptured,
    FundsHeld,
    FundsReleased,
    Placed,
    Repriced,
    Traded,
    Transferred,
    Triggered,
)

AssetsOf = Callable[[int], Iterable[int]]  # of an instrument: base and quote

_OF_ORDERS: Final = (Placed, Closed, Amended, Triggered, Repriced)  # what they hold, or give back


def touched_balances(events: Iterable[Event], accounts: Container[int], assets_of: AssetsOf) -> dict[int, set[int]]:
    """Return, by account of *accounts*, the assets of which it may have or hold another amount now."""
    touched: dict[int, set[int]] = {}
    for event in events:
        for account, assets in _touched(event, assets_of):
            if account in accounts:
                touched.setdefault(account, set()).update(assets)
    return touched


def _touched(event: Event, assets_of: AssetsOf) -> Iterable[tuple[int, Iterable[int]]]:
    if isinstance(event, Traded):
        assets = assets_of(event.instrument)
        return ((event.maker_account, assets), (event.taker_account, assets))
    if isinstance(event, _OF_ORDERS):
        return ((event.account, assets_of(event.instrument)),)
    if isinstance(event, Transferred | FundsCaptured):
        return ((event.account, (event.asset,)), (event.to_account, (event.asset,)))
    if isinstance(event, Exchanged):
        both = (event.asset, event.to_asset)
        return ((event.account, both), (event.to_account, both))
    if isinstance(event, FundsHeld | FundsReleased):
        return ((event.account, (event.asset,)),)
    return ()
