"""What an operator types, read, and instants as an operator reads them. Refuses in words what makes no sense."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from bedesten.clock import NS_PER_S
from bedesten.domain.enums import RejectReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Asset
from bedesten.domain.money import AMOUNT_MAX, to_units
from bedesten.services.errors import OperationRefused

if TYPE_CHECKING:
    from bedesten.domain.commands import Command
    from bedesten.services.venue import Venue


def amount_of(text: str, asset: Asset) -> int:
    """Return a decimal amount in minor units.

    Raises: OperationRefused for what is no amount, nothing or less, or more than a ledger can hold.
    """
    try:
        units = to_units(text, scale=asset.scale)
    except ValueError as error:
        raise OperationRefused(f"{text!r} is no amount of {asset.code}: {error}") from error
    if units <= 0:
        raise OperationRefused(f"an amount is more than nothing, and {text} is not")
    if units > AMOUNT_MAX:
        raise OperationRefused(f"{text} {asset.code} is more than an account can hold")
    return units


def instant_ns(text: str) -> int:
    """Return a date or instant in ISO 8601, UTC unless it says otherwise.

    Raises: OperationRefused.
    """
    try:
        instant = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise OperationRefused(f"{text!r} is no date or instant in ISO 8601, such as 2027-01-31") from error
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=datetime.UTC)
    return int(instant.timestamp()) * NS_PER_S


def instant_text(instant_ns: int) -> str:
    """Return an instant in ISO 8601, UTC; "" for 0, which is none."""
    if instant_ns == 0:
        return ""
    return datetime.datetime.fromtimestamp(instant_ns // NS_PER_S, datetime.UTC).isoformat()


async def submitted(venue: Venue, command: Command) -> None:
    """Give a command to the core. Raises: OperationRefused when the core refuses it; Overloaded, Stopped."""
    result = await venue.sequencer.submit(command)
    for event in result.events:
        if isinstance(event, Rejected):
            raise OperationRefused(f"the core refused it: {RejectReason(event.reason).name}")
