"""What clients send to the feed: messages, and who proves by them to be whom, by key or by token.

Pure but for looking the key up. A key's login covers the key and the tolerance it asks for, in milliseconds; one client signs
the key and the time instead. Either is accepted, and the time must be current within the tolerance. A token's login takes an
access token of the token endpoint; without a token it is that of a guest.
Source: BtcTurk WebSocket Feed, UserLogin and model 114; the official client's sample; the venue's answers in its issue tracker.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.btcturk import lenient, tokens
from bedesten.dialects.btcturk.numbers import ms
from bedesten.dialects.btcturk.signature import (
    INVALID_NONCE,
    INVALID_REQUEST,
    INVALID_SIGNATURE,
    TOLERANCE_MS,
    TOLERANCE_MS_MAX,
    is_signed,
    known_key,
)
from bedesten.dialects.refusals import Unauthenticated
from bedesten.services.store_types import Permission

if TYPE_CHECKING:
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

MODEL_DIGITS: Final = 3  # of every model's number
MAY_LISTEN: Final = Permission.READ | Permission.TRADING  # either lets a key see its account's orders


class LoginRefused(Exception):
    """The login was not granted; the message is the venue's."""


def key_of(venue: Venue, login: Mapping[str, Any], client_host: str) -> ApiKey:
    """Return the key that a login proves to have.

    Raises: LoginRefused.
    """
    name, signature = login.get("publickey"), login.get("signature")
    stamp, nonce = _whole(login.get("timestamp")), _whole(login.get("nonce"))
    if not isinstance(name, str) or not isinstance(signature, str) or stamp is None or nonce is None:
        raise LoginRefused(INVALID_REQUEST)
    if not 0 <= nonce <= TOLERANCE_MS_MAX:
        raise LoginRefused(INVALID_REQUEST)
    try:
        key = known_key(venue, name, client_host)
    except Unauthenticated as error:
        raise LoginRefused(error.message) from error
    given = signature.encode()
    if not any(is_signed(key, given, f"{name}{signed}".encode()) for signed in (nonce, stamp)):
        raise LoginRefused(INVALID_SIGNATURE)
    if abs(stamp - ms(venue.clock.stamped_ns())) > max(nonce, TOLERANCE_MS):
        raise LoginRefused(INVALID_NONCE)
    if not key.permissions & MAY_LISTEN:
        raise LoginRefused(INVALID_REQUEST)
    return key


def key_of_token(venue: Venue, login: Mapping[str, Any], client_host: str) -> ApiKey:
    """Return the key that the token of a login stands for; an id that is sent must be that of its account.

    Raises: LoginRefused.
    """
    token, number = login.get("token"), login.get("id")
    if not isinstance(token, str):
        raise LoginRefused(INVALID_REQUEST)
    try:
        key = tokens.read(venue, token, client_host, "access")
    except Unauthenticated as error:
        raise LoginRefused(error.message) from error
    if (number and _whole(number) != key.account) or not key.permissions & MAY_LISTEN:
        raise LoginRefused(INVALID_REQUEST)
    return key


def token_expires_ns(login: Mapping[str, Any]) -> int:
    """Return when the token of a login that was granted ends; the login ends with it."""
    return tokens.expires_ns(str(login["token"]))


def is_guest(login: Mapping[str, Any]) -> bool:
    """Whether a login by token is that of a guest."""
    return not login.get("token") and not login.get("id")


def _whole(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


# Messages -----------------------------------------------------------------------------


def message_of(message: str | bytes) -> tuple[int, Mapping[str, Any]]:
    """Return a message's model and its members by lower-case name; `[type,{…}]`, or the object alone.

    Raises: ValueError.
    """
    value = lenient.decode(message)
    if isinstance(value, list) and len(value) == 2:
        model, body = value
    else:
        model, body = None, value
    if not isinstance(body, dict):
        raise ValueError("not a model")
    members = {str(name).lower(): member for name, member in body.items()}
    model = members.get("type") if model is None else model
    if isinstance(model, str) and model.isascii() and model.isdecimal() and len(model) == MODEL_DIGITS:
        model = int(model)
    if not isinstance(model, int) or isinstance(model, bool):
        raise ValueError("a model has a number")
    return model, members


def flag_of(value: object) -> bool | None:
    """Return a truth value as the venue's parser takes it: also as a word or a number."""
    if value in (0, 1):
        return bool(value)
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None
