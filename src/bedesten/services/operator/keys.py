"""What an operator asks of API keys. A secret is told by the operation that makes it, and by no other."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from bedesten.services.errors import OperationRefused
from bedesten.services.operator import forms
from bedesten.services.operator.answers import KeyRow, NewKeyRow
from bedesten.services.operator.names import account_named, name_of
from bedesten.services.operator.typed import instant_ns, instant_text
from bedesten.services.ports import NS_MAX
from bedesten.services.store_types import ApiKey, Permission
from bedesten.services.venue import Venue


async def keys(venue: Venue, form: forms.OfAccount) -> list[KeyRow]:
    """Return API keys, without their secrets."""
    owner = None if form.account is None else account_named(venue, form.account).id
    return [_row(venue, key) for key in venue.keys.list(owner)]


async def create_key(venue: Venue, form: forms.CreateKey) -> list[NewKeyRow]:
    """Make an API key; its secret is told here and never again."""
    granted = _permissions(form.permissions)
    _check_addresses(form.ip_allow_list)
    key = await venue.keys.create(
        account_named(venue, form.account).id, granted, label=form.label, ip_allow_list=form.ip_allow_list,
        expires_ns=_expiry_ns(venue, form.expires),
    )  # fmt: skip
    row = _row(venue, key)
    return [NewKeyRow(row.key, row.account, row.permissions, row.label, row.ip_allow_list, row.expires, key.secret)]


async def restrict_key(venue: Venue, form: forms.RestrictKey) -> list[KeyRow]:
    """Let a key be used from these addresses only; none: from any. What is open with it from elsewhere ends."""
    _check_addresses(form.ip_allow_list)
    restricted = await venue.keys.restrict(form.key, form.ip_allow_list)
    found = venue.keys.find(form.key)
    if not restricted or found is None:
        raise OperationRefused(f"there is no API key {form.key!r}")
    return [_row(venue, found)]


async def revoke_key(venue: Venue, form: forms.NamedKey) -> list[KeyRow]:
    """Make a key useless."""
    if not await venue.keys.revoke(form.key):
        raise OperationRefused(f"there is no API key {form.key!r}")
    return []


def _permissions(names: Sequence[str]) -> Permission:
    granted = Permission(0)
    for name in filter(None, names):
        if name.upper() not in Permission.__members__:
            known = ", ".join(each.lower() for each in Permission.__members__)
            raise OperationRefused(f"there is no permission {name!r}; there are {known}")
        granted |= Permission[name.upper()]
    if not granted:
        raise OperationRefused("a key needs at least one permission")
    return granted


def _check_addresses(addresses: Sequence[str]) -> None:
    for address in addresses:
        try:
            ipaddress.ip_network(address, strict=False)  # a key that no address may use would be a riddle
        except ValueError as error:
            raise OperationRefused(str(error)) from error


def _expiry_ns(venue: Venue, text: str | None) -> int:
    if not text:
        return 0
    expires_ns = instant_ns(text)
    if not venue.clock.now_ns() < expires_ns <= NS_MAX:
        latest = instant_text(NS_MAX)[:4]
        raise OperationRefused(f"a key cannot expire on {text}: name an instant to come, before the year {latest}")
    return expires_ns


def _row(venue: Venue, key: ApiKey) -> KeyRow:
    permissions = [each.name.lower() for each in Permission if each in key.permissions and each.name]
    return KeyRow(
        key.key, name_of(venue, key.account), permissions, key.label, list(key.ip_allow_list),
        instant_text(key.expires_ns),
    )  # fmt: skip
