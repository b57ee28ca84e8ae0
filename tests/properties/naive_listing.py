"""How the naive exchange learns accounts, assets, instruments and their parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from bedesten.domain import commands as c
from bedesten.domain.enums import AccountParameter, EventKind, FeeRule, InstrumentParameter, InstrumentState
from bedesten.domain.money import AMOUNT_MAX, PPM
from tests.properties.naive_checks import P, R, refuse
from tests.properties.naive_order import Listing

RATE_MAX = 500_000_000
ACCOUNTS_MAX = 1 << 24
TIERS_MAX = 64
RULES = 1  # the newest of matching
SHARES_BELOW = (P.SELL_BAND_PPM, P.PRICE_FLOOR_PPM, P.MARKET_PROTECTION_PPM)

if TYPE_CHECKING:
    from tests.properties.naive import NaiveExchange


def open_account(exchange: NaiveExchange, command: c.OpenAccount) -> None:
    refuse(R.MALFORMED, not 0 <= command.account < ACCOUNTS_MAX)
    refuse(R.ALREADY_EXISTS, command.account in exchange.accounts)
    exchange.accounts[command.account] = {"tier": 0, "suspended": 0}
    exchange.emit(EventKind.ACCOUNT_OPENED, command.account)


def set_account(exchange: NaiveExchange, command: c.SetAccount) -> None:
    refuse(R.MALFORMED, command.parameter not in list(AccountParameter) or command.value < 0)
    refuse(R.MALFORMED, command.value >= (TIERS_MAX if command.parameter == AccountParameter.FEE_TIER else 2))
    refuse(R.UNKNOWN_ACCOUNT, command.account not in exchange.accounts)
    name = "tier" if command.parameter == AccountParameter.FEE_TIER else "suspended"
    exchange.accounts[command.account][name] = command.value
    exchange.emit(EventKind.ACCOUNT_SET, *command.fields())


def list_asset(exchange: NaiveExchange, command: c.ListAsset) -> None:
    refuse(R.MALFORMED, command.asset < 0)
    refuse(R.ALREADY_EXISTS, command.asset in exchange.assets)
    exchange.assets.add(command.asset)
    exchange.emit(EventKind.ASSET_LISTED, command.asset)


def list_instrument(exchange: NaiveExchange, command: c.ListInstrument) -> None:
    refuse(R.MALFORMED, min(command.lot_value, command.value_numerator, command.value_denominator) <= 0)
    refuse(R.MALFORMED, command.base == command.quote or command.instrument < 0)
    refuse(R.UNKNOWN_ASSET, not {command.base, command.quote} <= exchange.assets)
    refuse(R.ALREADY_EXISTS, command.instrument in exchange.listings)
    exchange.listings[command.instrument] = Listing(*command.fields())
    exchange.emit(EventKind.INSTRUMENT_LISTED, command.instrument)


def set_instrument(exchange: NaiveExchange, command: c.SetInstrument) -> None:
    known = command.parameter in list(InstrumentParameter)
    refuse(R.MALFORMED, not known or not 0 <= command.value <= AMOUNT_MAX)
    refuse(R.MALFORMED, command.parameter == P.STATE and command.value not in list(InstrumentState))
    refuse(R.MALFORMED, command.parameter == P.FEE_RULE and command.value not in list(FeeRule))
    refuse(R.MALFORMED, command.parameter == P.TAX_PPB and command.value > RATE_MAX)
    refuse(R.MALFORMED, command.parameter in SHARES_BELOW and command.value > PPM)
    refuse(R.UNKNOWN_INSTRUMENT, command.instrument not in exchange.listings)
    rules = exchange.listings[command.instrument].rules
    refuse(R.MALFORMED, command.parameter == P.MATCHING_RULES and not rules <= command.value <= RULES)
    has_orders = any(order.row.instrument == command.instrument for order in exchange.orders.values())
    refuse(R.MALFORMED, command.parameter in (P.FEE_RULE, P.TAX_PPB) and has_orders)
    exchange.listings[command.instrument].parameters[command.parameter] = command.value
    exchange.emit(EventKind.INSTRUMENT_SET, *command.fields())
    if command.parameter in (P.INDEX_AGE_MAX_NS, P.SOURCE_INDEX_AGE_MAX_NS):
        exchange.judge_age_anew(exchange.listings[command.instrument])


def set_fees(exchange: NaiveExchange, command: c.SetFees) -> None:
    refuse(R.MALFORMED, not 0 <= command.tier < TIERS_MAX)
    refuse(R.MALFORMED, not 0 <= command.maker_ppb <= command.taker_ppb <= RATE_MAX)
    refuse(R.UNKNOWN_INSTRUMENT, command.instrument not in exchange.listings)
    exchange.listings[command.instrument].rates[command.tier] = (command.maker_ppb, command.taker_ppb)
    exchange.emit(EventKind.FEES_SET, *command.fields())


def advance_time(exchange: NaiveExchange, command: c.AdvanceTime | c.RecordNote) -> None:
    """Nothing more: what is due ended before any command."""


HANDLERS: dict[type[c.Command], Callable[[NaiveExchange, Any], None]] = {
    c.OpenAccount: open_account,
    c.SetAccount: set_account,
    c.ListAsset: list_asset,
    c.ListInstrument: list_instrument,
    c.SetInstrument: set_instrument,
    c.SetFees: set_fees,
    c.AdvanceTime: advance_time,
    c.RecordNote: advance_time,
}
