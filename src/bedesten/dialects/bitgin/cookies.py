"""The cookie `token`: what a browser keeps of a session. Pages cannot read it, and other sites cannot have it sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from bedesten.dialects.bitgin.authentication import TOKEN
from bedesten.dialects.contract import JSON, Reply
from bedesten.services.customers.sessions import LIFETIME_NS

if TYPE_CHECKING:
    from bedesten.dialects.bitgin.envelope import Envelope
    from bedesten.dialects.contract import Request

LIFETIME_S: Final = LIFETIME_NS // 1_000_000_000
NO_STORE: Final = (b"cache-control", b"no-store")


def with_token(request: Request, envelope: Envelope, token: str) -> Reply:
    """Return an answer that gives the browser a token; "": that takes it away."""
    age = LIFETIME_S if token else 0
    secure = "; Secure" if request.scheme == "https" else ""
    cookie = f"{TOKEN}={token}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}"
    return Reply(200, msgspec.json.encode(envelope), [JSON, NO_STORE, (b"set-cookie", cookie.encode())])
