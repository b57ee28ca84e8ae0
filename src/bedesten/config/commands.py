"""Setup commands: what brings a venue to its file, all of it or what differs from the file before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from bedesten.config.described import FeeRates, VenueFile
from bedesten.config.settings import ConfigError
from bedesten.domain.commands import Command, ListAsset, ListInstrument, OpenAccount, SetFees, SetInstrument
from bedesten.domain.enums import InstrumentParameter
from bedesten.domain.instruments import MATCHING_RULES, Instrument
from bedesten.domain.otc import DESK

_PARAMETERS: Final[tuple[tuple[InstrumentParameter, str], ...]] = (
    (InstrumentParameter.MATCHING_RULES, "matching_rules"),
    (InstrumentParameter.FEE_RULE, "fee_rule"),
    (InstrumentParameter.MIN_QUANTITY, "min_quantity"),
    (InstrumentParameter.MAX_QUANTITY, "max_quantity"),
    (InstrumentParameter.MIN_NOTIONAL, "min_notional"),
    (InstrumentParameter.MIN_PRICE, "min_price"),
    (InstrumentParameter.MAX_PRICE, "max_price"),
    (InstrumentParameter.BUY_BAND_PPM, "buy_band_ppm"),
    (InstrumentParameter.SELL_BAND_PPM, "sell_band_ppm"),
    (InstrumentParameter.PRICE_FLOOR_PPM, "price_floor_ppm"),
    (InstrumentParameter.PRICE_CEILING_PPM, "price_ceiling_ppm"),
    (InstrumentParameter.MARKET_PROTECTION_PPM, "market_protection_ppm"),
    (InstrumentParameter.TRIGGER_DISTANCE_PPM, "trigger_distance_ppm"),
    (InstrumentParameter.OPEN_ORDERS_MAX, "open_orders_max"),
    (InstrumentParameter.TAX_PPB, "tax_ppb"),
    (InstrumentParameter.REFUSE_MET_TRIGGERS, "refuse_met_triggers"),
    (InstrumentParameter.REISSUE_AT_TRIGGER, "reissue_at_trigger"),
    (InstrumentParameter.INDEX_AGE_MAX_NS, "index_age_max_ns"),
    (InstrumentParameter.SOURCE_INDEX_AGE_MAX_NS, "source_index_age_max_ns"),
    (InstrumentParameter.STATE, "state"),  # last: an instrument opens once all its rules stand
)


def setup_commands(venue_file: VenueFile, applied: VenueFile | None = None) -> list[Command]:
    """Return the commands that bring a venue to *venue_file*: all, or what differs from the file *applied* before.

    Raises: ConfigError when the change would alter what balances and orders are counted in.
    """
    if applied is not None:
        _check_continues(venue_file, applied)
    known_assets = len(applied.assets) if applied else 0
    known = applied.instruments if applied else ()
    commands: list[Command] = [ListAsset(asset=asset.id) for asset in venue_file.assets[known_assets:]]
    if _has_desk(venue_file) and not (applied and _has_desk(applied)):
        commands.append(OpenAccount(account=DESK))
    for at, instrument in enumerate(venue_file.instruments):
        before = known[at] if at < len(known) else None
        if before is None:
            commands.append(_list_instrument(instrument))
        old_fees = applied.fees[instrument.id] if applied and before else ()
        commands.extend(_fee_commands(instrument.id, venue_file.fees[instrument.id], old_fees))
        commands.extend(_parameter_commands(instrument, before))
    return commands


def under_newest_rules(venue_file: VenueFile) -> VenueFile:
    """Return a venue that an older program described, its instruments to match by this one's rules."""
    newer = tuple(replace(instrument, matching_rules=MATCHING_RULES) for instrument in venue_file.instruments)
    return replace(venue_file, instruments=newer)


def _has_desk(venue_file: VenueFile) -> bool:
    return venue_file.otc is not None or venue_file.convert is not None


def _list_instrument(instrument: Instrument) -> ListInstrument:
    value = instrument.tick_value
    return ListInstrument(
        instrument=instrument.id,
        base=instrument.base.id,
        quote=instrument.quote.id,
        lot_value=instrument.lot_value,
        value_numerator=value.numerator,
        value_denominator=value.denominator,
    )


def _fee_commands(instrument: int, tiers: Sequence[FeeRates], before: Sequence[FeeRates]) -> Iterator[SetFees]:
    # A tier that is no longer named pays what the last named one does: an account may still stand in it.
    for tier in range(max(len(tiers), len(before))):
        rates = tiers[min(tier, len(tiers) - 1)]
        if tier >= len(before) or before[tier] != rates:
            yield SetFees(instrument=instrument, tier=tier, maker_ppb=rates.maker_ppb, taker_ppb=rates.taker_ppb)


def _parameter_commands(instrument: Instrument, before: Instrument | None) -> Iterator[SetInstrument]:
    for parameter, name in _PARAMETERS:
        value = int(getattr(instrument, name))
        old = int(getattr(before, name)) if before is not None else 0
        if value != old:
            yield SetInstrument(instrument=instrument.id, parameter=int(parameter), value=value)


def _check_continues(new: VenueFile, old: VenueFile) -> None:
    for before, after in zip(old.assets, new.assets, strict=False):
        if (before.code, before.scale) != (after.code, after.scale):
            raise ConfigError(
                f"assets: {before.code} (scale {before.scale}) became {after.code} (scale {after.scale}); "
                "keep the listed assets in their order and add new ones at the end"
            )
    for was, now in zip(old.instruments, new.instruments, strict=False):
        if _list_instrument(was) != _list_instrument(now) or was.name != now.name:
            raise ConfigError(
                f"instruments: {was.name} became {now.name}, or its tick or lot changed; keep the listed instruments, "
                "their order and sizes, and add new ones at the end"
            )
    for kind, gone in (
        ("assets", [row.code for row in old.assets[len(new.assets) :]]),
        ("instruments", [row.name for row in old.instruments[len(new.instruments) :]]),
    ):
        if gone:
            names = ", ".join(gone)
            raise ConfigError(f'{kind}: {names} left the file; keep the rows (state = "halted" stops trading)')
