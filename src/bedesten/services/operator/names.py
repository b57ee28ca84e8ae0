"""What an operator names, found: accounts, assets, networks, instruments. What there is not is refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bedesten.domain.money import to_text
from bedesten.services.errors import OperationRefused

if TYPE_CHECKING:
    from bedesten.domain.instruments import Asset, Instrument
    from bedesten.services.store_types import Account
    from bedesten.services.venue import Venue

KNOWN_CHARS_MAX: Final = 500  # of what there is: a sentence, not a list


def account_named(venue: Venue, name: str) -> Account:
    """Return the account of that name. Raises: OperationRefused."""
    account = venue.accounts.by_name(name)
    if account is None:
        raise OperationRefused(f"there is no account {name!r}; open it first")
    return account


def customer_account(venue: Venue, name: str) -> Account:
    """Return the account of that name, which is not the venue's own. Raises: OperationRefused."""
    account = account_named(venue, name)
    if account.is_system:
        raise OperationRefused(f"{name!r} is the venue's own account")
    return account


def asset_named(venue: Venue, code: str) -> Asset:
    """Return the asset of that code. Raises: OperationRefused."""
    found = venue.catalogue.asset(code)
    if found is None:
        known = ", ".join(each.code for each in venue.catalogue.assets)
        raise OperationRefused(f"there is no asset {code!r}; there are {known[:KNOWN_CHARS_MAX]}")
    return found


def network_named(venue: Venue, name: str) -> str:
    """Return the name of a network as the venue file spells it. Raises: OperationRefused."""
    names = [each.name for each in venue.catalogue.networks]
    found = next((each for each in names if each.lower() == name.strip().lower()), None)
    if found is None:
        raise OperationRefused(f"there is no network {name!r}; there are {', '.join(names) or 'none'}")
    return found


def instrument_named(venue: Venue, name: str) -> Instrument:
    """Return the instrument of that name. Raises: OperationRefused."""
    found = venue.catalogue.instrument(name)
    if found is None:
        known = ", ".join(each.name for each in venue.catalogue.instruments)
        raise OperationRefused(f"there is no instrument {name!r}; there are {known}")
    return found


def name_of(venue: Venue, account: int) -> str:
    """Return the name of an account, or its number where it has none any more."""
    found = venue.accounts.by_id(account)
    return found.name if found else str(account)


def code_of(venue: Venue, asset: int) -> str:
    """Return the code of an asset, or its number."""
    found = venue.catalogue.asset_by_id(asset)
    return found.code if found else str(asset)


def amount_text(venue: Venue, units: int, asset: int) -> str:
    """Return an amount in minor units of an asset as a decimal."""
    found = venue.catalogue.asset_by_id(asset)
    return to_text(units, scale=found.scale if found else 0)
