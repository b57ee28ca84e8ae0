"""API keys: what their holder says and is told. The secret is told once."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bedesten.dialects.native.shapes import Time

LABEL_CHARS_MAX = 64
ADDRESSES_MAX = 50

KeyId = Annotated[str, Meta(description="What names the key to its holder; nobody signs with it", max_length=64)]
Right = Literal["read", "trading", "transfer", "wallet", "withdraw"]
Rights = Annotated[list[Right], Meta(description="What may be asked with it", min_length=1, max_length=5)]
Label = Annotated[str, Meta(description="What its holder calls it", max_length=LABEL_CHARS_MAX)]
_Address = Annotated[str, Meta(max_length=64)]
Addresses = Annotated[
    list[_Address],
    Meta(description="The addresses and networks that it may be used from; none: any", max_length=ADDRESSES_MAX),
]


class NewKey(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /keys."""

    label: Label
    permissions: Rights
    ip_allow_list: Addresses = []
    expires: Annotated[str, Meta(description="From when on it is good for nothing, RFC 3339")] | UnsetType = UNSET


class KeyChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """PATCH /keys/{id}; what is left out stays."""

    label: Label | UnsetType = UNSET
    permissions: Rights | UnsetType = UNSET
    ip_allow_list: Addresses | UnsetType = UNSET
    expires: Annotated[str, Meta(description="From when on it is good for nothing, RFC 3339")] | UnsetType = UNSET


class KeyQuery(Struct):
    """Of one key, named in the path."""

    id: KeyId


class KeyRow(Struct, kw_only=True):
    """A key, without its secret."""

    id: KeyId
    key: Annotated[str, Meta(description="The key itself")]
    label: Label
    permissions: Annotated[list[Right], Meta(description="What may be asked with it")]
    ip_allow_list: Annotated[list[str], Meta(description="Where it may be used from; none: anywhere")]
    created: Annotated[Time, Meta(description="When it was made")]
    expires: Annotated[Time, Meta(description="From when on it is good for nothing")] | UnsetType = UNSET
    used: Annotated[Time, Meta(description="When it was last used, since the venue started")] | UnsetType = UNSET


class MadeKey(Struct, kw_only=True):
    """A new key, with its secret, which is told this once."""

    key: KeyRow
    secret: Annotated[str, Meta(description="What requests are signed with, on every API of the venue")]
