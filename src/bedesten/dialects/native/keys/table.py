"""The rows of API keys: for whoever is signed in, and proved lately who they are."""

from __future__ import annotations

from functools import partial
from typing import Final

from bedesten.dialects.contract import Endpoint
from bedesten.dialects.native.errors_customers import KEY_NEEDS_ADDRESSES, TOO_MANY_KEYS
from bedesten.dialects.native.keys import endpoints as at
from bedesten.dialects.native.keys import shapes
from bedesten.dialects.native.shapes import Page
from bedesten.services.store_types import Permission

GROUP: Final = "Keys"
EXAMPLE: Final = {"label": "bot", "permissions": ["read", "trading"]}


def endpoints(base: str) -> list[Endpoint]:
    """Return the rows below *base*."""
    mine = partial(Endpoint, group=GROUP, permission=Permission.READ, signed_in=True)
    changing = partial(mine, step_up=True, limit="money", reasons=(KEY_NEEDS_ADDRESSES.name,))
    one = f"{base}/keys/{{id}}"
    return [
        mine(method="GET", path=f"{base}/keys", call=at.keys, response=Page[shapes.KeyRow], limit="query",
             summary="The account's keys, newest first"),
        changing(method="POST", path=f"{base}/keys", call=at.make, request=shapes.NewKey, response=shapes.MadeKey,
                 reads="body", summary="Make a key, good for every API of the venue; its secret is told once",
                 reasons=(KEY_NEEDS_ADDRESSES.name, TOO_MANY_KEYS.name), example=EXAMPLE),
        changing(method="PATCH", path=one, call=at.change, request=shapes.KeyChange, response=shapes.KeyRow, reads="body",
                 summary="Change a key's name, permissions, addresses or end",
                 example={"id": "0123456789abcdef", "label": "bot-2"}),
        changing(method="DELETE", path=one, call=at.revoke, request=shapes.KeyQuery, response=shapes.KeyRow, reasons=(),
                 summary="Revoke a key, at once", example={"id": "0123456789abcdef"}),
    ]  # fmt: skip
