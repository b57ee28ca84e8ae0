"""Which API keys may be used, of whom, and from where: alike for every dialect.

What a client signs with one is the dialect's affair.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from bedesten.dialects.refusals import Unauthenticated

if TYPE_CHECKING:
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue


def usable_key(venue: Venue, text: str, client_host: str) -> ApiKey:
    """Return the key named *text*.

    Raises: Unauthenticated when there is none, it has expired, it does not allow *client_host*, or its account may not even look.
    """
    key = venue.keys.find(text)
    if key is None:
        raise Unauthenticated("Unknown key")
    if key.expires_ns and key.expires_ns <= venue.clock.now_ns():
        raise Unauthenticated("Expired key")
    if key.ip_allow_list and not _is_allowed(client_host, key.ip_allow_list):
        raise Unauthenticated("Address not allowed")
    if not venue.standing.allowed(key.account).read:
        raise Unauthenticated("Closed account")
    venue.keys.note_use(key)
    return key


def _is_allowed(client_host: str, allow_list: tuple[str, ...]) -> bool:
    """Return whether an address is listed, itself or by its network ("10.0.0.0/8")."""
    if client_host in allow_list:
        return True
    try:
        address = ipaddress.ip_address(client_host)
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped  # how a socket on "::" sees who comes over IPv4
        return any(address in ipaddress.ip_network(entry, strict=False) for entry in allow_list)
    except ValueError:
        return False
