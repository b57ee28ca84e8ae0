"""Logins on the sockets: which key a name, a nonce and a signature of the socket's path prove.

Source: BTSE API, "Authentication" of WebSocket streams: hex HMAC-SHA384 over path + nonce. The OTC document prints the value that
belongs to /ws/spot; the true one is that of /ws/otc.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from bedesten.dialects.btse.conversation import text_of
from bedesten.dialects.btse.signature import is_current, is_signed
from bedesten.dialects.credentials import usable_key
from bedesten.dialects.refusals import Unauthenticated
from bedesten.services.store_types import Permission

if TYPE_CHECKING:
    import msgspec

    from bedesten.dialects.contract import Connection
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

MAY_LISTEN: Final = Permission.READ | Permission.TRADING  # either lets a key see what its account may see
FAILED_LOGINS_MAX: Final = 20  # on one connection; a client with the right key needs one


def proven_key(
    venue: Venue, connection: Connection, arguments: Sequence[msgspec.Raw], paths: Sequence[str]
) -> ApiKey | None:
    """Return the key that a login proves with a signature of one of *paths*, or None."""
    texts = [text_of(argument) for argument in arguments]
    if len(texts) != 3:
        return None
    name, nonce, signature = texts
    if name is None or nonce is None or signature is None:
        return None
    try:
        key = usable_key(venue, name, connection.client_host)
    except Unauthenticated:
        return None
    given = signature.encode()
    proven = is_current(nonce.encode(), venue.clock.stamped_ns()) and any(
        is_signed(key, given, (path + nonce).encode()) for path in paths
    )
    return key if proven and key.permissions & MAY_LISTEN else None
