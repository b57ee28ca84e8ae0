"""What an operator asks of the venue file in force: its text, and changes to it.

What stands in the venue file is changed there, so that it survives a restart and can be read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from bedesten.config.edit import with_row, with_value, without_value
from bedesten.services.errors import OperationRefused
from bedesten.services.operator import forms
from bedesten.services.operator.answers import VenueChangeRow, VenueTextRow
from bedesten.services.venue import Venue
from bedesten.services.venue_file.changes import Change, Changes

SECRET_WORDS: Final = ("secret", "password")  # of keys whose values are not repeated


async def venue_file(venue: Venue, form: forms.Nothing) -> list[VenueTextRow]:
    """Return the text of the venue file in force."""
    text = _changes(venue).text
    if not text:
        raise OperationRefused("this venue's file is not known: start it once with --config FILE")
    return [VenueTextRow(text)]


async def apply_venue_file(venue: Venue, form: forms.VenueText) -> list[VenueChangeRow]:
    """Make the venue what a whole file says."""
    return await changed(venue, lambda _: form.text)


async def set_venue_value(venue: Venue, form: forms.SetVenueValue) -> list[VenueChangeRow]:
    """Set one key of the venue file."""
    return await changed(venue, lambda text: with_value(text, form.key, form.value))


async def unset_venue_value(venue: Venue, form: forms.VenueKey) -> list[VenueChangeRow]:
    """Drop one key of the venue file."""
    return await changed(venue, lambda text: without_value(text, form.key))


async def list_asset(venue: Venue, form: forms.ListAsset) -> list[VenueChangeRow]:
    """List a new asset."""
    row: dict[str, str | int | bool] = {"code": form.asset, "name": form.name, "scale": form.scale}
    if form.fiat:
        row["fiat"] = True
    return await changed(venue, lambda text: with_row(text, "assets", row))


async def list_instrument(venue: Venue, form: forms.ListInstrument) -> list[VenueChangeRow]:
    """List a new instrument, on the rules of a group."""
    row: dict[str, str | int | bool] = {"base": form.base, "quote": form.quote, "group": form.group}
    row.update({"tick_size": form.tick_size, "lot_size": form.lot_size, "state": form.state})
    return await changed(venue, lambda text: with_row(text, "instruments", row))


async def changed(venue: Venue, edit: Callable[[str], str]) -> list[VenueChangeRow]:
    """Make the venue what *edit* makes of its file, and return what changed.

    Raises: ConfigError, EditRefused, ChangeRefused, Overloaded, Stopped.
    """
    return [_row(change) for change in await _changes(venue).apply(edit)]


def _changes(venue: Venue) -> Changes:
    if venue.changes is None:
        raise OperationRefused("this venue was made without a venue file")
    return venue.changes


def _row(change: Change) -> VenueChangeRow:
    return VenueChangeRow(
        change.key, _shown(change.key, change.before), _shown(change.key, change.after),
        "now" if change.is_at_once else "from the next start",
    )  # fmt: skip


def _shown(key: str, value: str) -> str:
    is_secret = any(word in key.rpartition(".")[2] for word in SECRET_WORDS)
    return "…" if is_secret and value else value
