"""What an operator asks of instruments: their list, their states, their index prices."""

from __future__ import annotations

from typing import Final

from bedesten.config.edit import with_value
from bedesten.domain.commands import SetIndex as SetIndexCommand
from bedesten.domain.enums import IndexSource, InstrumentState
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import AMOUNT_MAX, to_text
from bedesten.services.errors import OperationRefused
from bedesten.services.market.indexes import NS_PER_S, IndexPrice, index_of, source_word
from bedesten.services.operator import forms
from bedesten.services.operator.answers import IndexRow, InstrumentRow, VenueChangeRow
from bedesten.services.operator.names import instrument_named
from bedesten.services.operator.typed import submitted
from bedesten.services.operator.venue_file import changed
from bedesten.services.venue import Venue

PPB_SCALE: Final = 9  # decimals of a rate


async def instruments(venue: Venue, form: forms.Nothing) -> list[InstrumentRow]:
    """Return every instrument with its state and what a new account pays there."""
    listed, now_ns = venue.catalogue.instruments, venue.clock.now_ns()
    rates, indexes = await venue.sequencer.read(
        lambda machine: (
            [machine.fee_rates(0, each.id) for each in listed],
            [index_of(machine, each.id) for each in listed],
        )
    )
    return [_row(*each, now_ns) for each in zip(listed, rates, indexes, strict=True)]


async def set_state(venue: Venue, form: forms.SetState) -> list[VenueChangeRow]:
    """Bring instruments (none named: all) into a state: trading, halted, cancel_only or post_only_session."""
    if form.state.upper() not in InstrumentState.__members__:
        raise OperationRefused(f"there is no state {form.state!r}")
    named = [instrument_named(venue, name) for name in form.names]
    chosen = named if form.names else list(venue.catalogue.instruments)

    def edit(text: str) -> str:
        for each in chosen:
            text = with_value(text, f"instruments.{each.name}.state", f'"{form.state.lower()}"')
        return text

    before = {f"instruments.{each.name}.state": each.state.name.lower() for each in chosen}
    rows = await changed(venue, edit)
    for row in rows:  # what the file does not say is the default, and was in force all the same
        row.before = row.before or before.get(row.key, "")
    return rows


async def set_index(venue: Venue, form: forms.SetIndex) -> list[IndexRow]:
    """Tell the index price of an instrument."""
    found = instrument_named(venue, form.instrument)
    ticks = found.ticks(form.price)
    if ticks <= 0:
        raise OperationRefused(f"an index price is more than nothing, and {form.price} is not")
    if ticks > AMOUNT_MAX:
        raise OperationRefused(f"{form.price} is no price that anybody could pay")
    source = IndexSource.SOURCE if form.is_source else IndexSource.OPERATOR
    await submitted(venue, SetIndexCommand(instrument=found.id, price=ticks, source=source))
    return [IndexRow(found.name, found.price_text(ticks))]


def _row(each: Instrument, rates: tuple[int, int], index: IndexPrice, now_ns: int) -> InstrumentRow:
    maker, taker = (to_text(rate, scale=PPB_SCALE) for rate in rates)
    row = InstrumentRow(
        each.id, each.name, each.state.name.lower(), maker, taker, each.price_text(1), each.quantity_text(1)
    )
    if index.price:
        left = f"in {max(0, index.too_old_ns - now_ns) // NS_PER_S} s" if index.too_old_ns else "never"
        row.index, row.told_by = each.price_text(index.price), source_word(index.source)
        row.age = f"{max(0, now_ns - index.told_ns) // NS_PER_S} s"
        row.too_old = "now" if index.is_too_old(now_ns) else left
    return row
