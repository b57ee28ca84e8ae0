"""What proxies say of a request's client: its address, its scheme and the host it asked for. Believed of trusted proxies only.

Every proxy appends what it saw, so the lists are read from their end: the client is the nearest hop that is no trusted proxy, and
what its own sender wrote further left is hearsay. Everything comes from the head of the request; trailers never get here. What
leaves here is an address in one spelling (or UNKNOWN), http or https, and a host that can stand in a URL.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, MutableMapping, Sequence
from functools import lru_cache
from typing import Any, Final

from bedesten.dialects.addresses import is_host

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Headers = Sequence[tuple[bytes, bytes]]

FOR: Final = b"x-forwarded-for"
PROTO: Final = b"x-forwarded-proto"
HOST: Final = b"x-forwarded-host"
UNKNOWN: Final = "unknown"  # where a trusted proxy names no address: on no allow-list, and one for all limits
ADDRESSES_KEPT_MAX: Final = 4_096  # texts worked out lately; a miss costs some microseconds
ADDRESS_CHARS_MAX: Final = 64  # the longest IPv6 address in brackets with a zone and a port; longer texts are none

_SECURE: Final = {"https": True, "wss": True, "http": False, "ws": False}
_WITH_PORT: Final = re.compile(r"(?:\[([^\]]*)\]|([0-9.]+))(?::[0-9]{1,5})?")


class Forwarded:
    """Puts the client in the connection's place, where a trusted proxy speaks for it."""

    def __init__(self, trusted: Iterable[str]) -> None:
        """*trusted*: addresses and networks. Raises: ValueError when one is neither."""
        networks = [ipaddress.ip_network(each, strict=False) for each in trusted]
        self._is_on = bool(networks)

        @lru_cache(maxsize=ADDRESSES_KEPT_MAX)
        def is_trusted(address: Address) -> bool:
            return any(address in network for network in networks)

        self._is_trusted = is_trusted

    def apply(self, scope: MutableMapping[str, Any]) -> None:
        """Set the client, the scheme and the host header of *scope* by what its peer forwards; of a stranger nothing counts.

        The port of a client that a proxy speaks for is 0: a connection of its own has one.
        """
        peer = scope.get("client")
        address = address_of(peer[0]) if peer else None
        if not self._is_on or address is None or not self._is_trusted(address):
            return
        headers: Headers = scope["headers"]
        hops = _values(headers, FOR)
        back = 1
        if hops:
            client, back = self._nearest_untrusted(hops)
            scope["client"] = (client, 0)
        is_secure = _SECURE.get(_seen_by_hop(_values(headers, PROTO), back).lower())
        if is_secure is not None:
            scheme = "ws" if scope["type"] == "websocket" else "http"
            scope["scheme"] = scheme + "s" * is_secure
        host = _seen_by_hop(_values(headers, HOST), back)
        if is_host(host):
            own = [header for header in headers if header[0] != b"host"]
            scope["headers"] = [*own, (b"host", host.encode("ascii"))]

    def _nearest_untrusted(self, hops: Sequence[str]) -> tuple[str, int]:
        """Return the client's address and how far from the end it stands; where all are trusted, the first one's."""
        for back in range(1, len(hops) + 1):
            address = address_of(hops[-back])
            if address is None:
                return UNKNOWN, back
            if back == len(hops) or not self._is_trusted(address):
                return str(address), back
        raise AssertionError("there is a hop")


def address_of(text: str) -> Address | None:
    """Return the address that *text* is, with or without a port; one of IPv4 in IPv6 is one of IPv4. None: it is none."""
    if len(text) > ADDRESS_CHARS_MAX:
        return None
    found = _WITH_PORT.fullmatch(text)
    bare = text if found is None else found.group(1) or found.group(2) or ""
    try:
        address = ipaddress.ip_address(bare.partition("%")[0])  # a zone is a name of the proxy's own wires
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _values(headers: Headers, name: bytes) -> list[str]:
    # a list may come in one header or in several (RFC 9110, 5.3); what is empty says nothing
    texts = (value.decode("latin-1") for key, value in headers if key == name)
    return [part.strip() for text in texts for part in text.split(",") if part.strip()]


def _seen_by_hop(values: Sequence[str], back: int) -> str:
    """Return the value from the hop that saw the client: as far from the end, or the first where a proxy sent one for all."""
    return values[-min(back, len(values))] if values else ""
