"""What BTSE's clients sign: the part of the path that follows the product. The rest of a signature is path_signature's.

Source: BTSE API, Authentication.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from bedesten.dialects import path_signature
from bedesten.dialects.path_signature import KeyedHash, is_current, is_signed

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request
    from bedesten.services.accounts.keys import ApiKey, Permission
    from bedesten.services.venue import Venue

__all__ = ["PREFIXES", "KeyedHash", "authenticate", "is_current", "is_signed", "signed_path"]

PREFIXES: Final = ("/spot", "/otc", "/futures")  # products on the host: not part of the signed path
PATHS_MAX: Final = 256  # kept in mind: every private endpoint's


@lru_cache(maxsize=PATHS_MAX)
def signed_path(path: str) -> bytes:
    """Return the part of *path* that is signed: what follows the product, or all of it on the bare host."""
    for prefix in PREFIXES:
        if path.startswith(prefix + "/"):
            return path[len(prefix) :].encode()
    return path.encode()


def authenticate(venue: Venue, request: Request, permission: Permission | None) -> ApiKey:
    """Return the key that signed *request*.

    Raises: Unauthenticated, and Forbidden when the key lacks *permission*.
    """
    return path_signature.authenticate(venue, request, signed_path(request.path), permission)
