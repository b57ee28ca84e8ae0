"""Making, changing and revoking keys, each by its holder alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET, UnsetType

from bedesten.dialects import browsers
from bedesten.dialects.contract import JSON, Reply, Request
from bedesten.dialects.native.errors import Refused, wrong
from bedesten.dialects.native.errors_customers import KEY_NEEDS_ADDRESSES, told
from bedesten.dialects.native.keys import shapes
from bedesten.dialects.native.reasons import NOT_FOUND
from bedesten.dialects.native.shapes import Page
from bedesten.dialects.native.times import ns_of, time_text
from bedesten.services import authority
from bedesten.services.accounts.keys import id_of
from bedesten.services.customers.login_log import Activity
from bedesten.services.store_types import ApiKey, Permission

if TYPE_CHECKING:
    from bedesten.services.venue import Venue


async def keys(venue: Venue, request: Request, form: None) -> Page[shapes.KeyRow]:
    """Return the account's keys, newest first."""
    return Page([_row(venue, key) for key in reversed(venue.keys.list(_account(request)))])


async def make(venue: Venue, request: Request, form: shapes.NewKey) -> Reply:
    """Make a key; its secret is told this once."""
    account, permissions, addresses = _account(request), _permissions(form.permissions), _addresses(form.ip_allow_list)
    _check(permissions, addresses)
    expires_ns = _expires_ns(venue, form.expires, 0)
    authority.recheck()
    with told():
        key = await venue.keys.make(
            account, permissions, label=form.label, ip_allow_list=addresses, expires_ns=expires_ns
        )
    await venue.customers.log.note(account, Activity.KEY_MADE, browsers.visitor_of(request))
    made = shapes.MadeKey(key=_row(venue, key), secret=key.secret)
    return Reply(200, msgspec.json.encode(made), [JSON, browsers.NO_STORE])


async def change(venue: Venue, request: Request, form: shapes.KeyChange) -> shapes.KeyRow:
    """Change what a key may do, from where, until when, and its name."""
    key = _key_of(venue, request)
    permissions = key.permissions if isinstance(form.permissions, UnsetType) else _permissions(form.permissions)
    addresses = (
        key.ip_allow_list if isinstance(form.ip_allow_list, UnsetType) else tuple(_addresses(form.ip_allow_list))
    )
    _check(permissions, addresses)
    label = key.label if isinstance(form.label, UnsetType) else form.label
    expires_ns = _expires_ns(venue, form.expires, key.expires_ns)
    authority.recheck()
    if not await venue.keys.change(
        key.key, permissions=permissions, label=label, ip_allow_list=addresses, expires_ns=expires_ns
    ):
        raise Refused(NOT_FOUND, param="id")
    await venue.customers.log.note(key.account, Activity.KEY_CHANGED, browsers.visitor_of(request))
    return _row(venue, _key_of(venue, request))


async def revoke(venue: Venue, request: Request, form: shapes.KeyQuery) -> shapes.KeyRow:
    """Make a key useless from now on."""
    key = _key_of(venue, request)
    row = _row(venue, key)
    authority.recheck()
    await venue.keys.revoke(key.key)
    await venue.customers.log.note(key.account, Activity.KEY_REVOKED, browsers.visitor_of(request))
    return row


def _account(request: Request) -> int:
    assert request.key is not None, "the row is private"
    return request.key.account


def _key_of(venue: Venue, request: Request) -> ApiKey:
    key = venue.keys.of_account(_account(request), request.path_params.get("id", ""))
    if key is None:
        raise Refused(NOT_FOUND, param="id")
    return key


def _permissions(names: Sequence[shapes.Right]) -> Permission:
    return reduce(or_, (Permission[name.upper()] for name in names))


def _addresses(entries: Sequence[str]) -> list[str]:
    try:
        return [str(ipaddress.ip_network(entry.strip(), strict=False)) for entry in entries]
    except ValueError as error:
        raise wrong("ip_allow_list", "an entry is an address or a network: 203.0.113.7, 10.0.0.0/8") from error


def _check(permissions: Permission, addresses: Sequence[str]) -> None:
    if permissions & Permission.WITHDRAW and not addresses:
        raise Refused(KEY_NEEDS_ADDRESSES, param="ip_allow_list")


def _expires_ns(venue: Venue, text: str | UnsetType, before_ns: int) -> int:
    if isinstance(text, UnsetType):
        return before_ns
    expires_ns = ns_of(text, "expires")
    if expires_ns <= venue.clock.now_ns():
        raise wrong("expires", "a key ends after it was made")
    return expires_ns


def _row(venue: Venue, key: ApiKey) -> shapes.KeyRow:
    rights: list[shapes.Right] = ["read", "trading", "transfer", "wallet", "withdraw"]
    used_ns = venue.keys.used_ns(key)
    return shapes.KeyRow(
        id=id_of(key.key), key=key.key, label=key.label,
        permissions=[right for right in rights if key.permissions & Permission[right.upper()]],
        ip_allow_list=list(key.ip_allow_list), created=time_text(key.created_ns),
        expires=time_text(key.expires_ns) if key.expires_ns else UNSET, used=time_text(used_ns) if used_ns else UNSET,
    )  # fmt: skip
