"""What the body of an answer is: a msgspec type, one of several, or something that is not JSON.

Owns the words in which a contract row describes its answers; server/schemas.py makes JSON schemas of them. Holds no state.
Each field of an answer's struct has a meaning and, where it is a quantity, a unit: Annotated[int, Meta(description="…")].
A field that is not always sent is `| UnsetType = UNSET`; one with any other default is always sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

ANY_STATUS: Final = 0  # a key of Errors: every status that is not named


@dataclass(frozen=True, slots=True)
class Media:
    """A body that is not JSON, or none at all where *media_type* is empty. On a socket, *meaning* is the very text."""

    media_type: str
    meaning: str


@dataclass(frozen=True, slots=True, init=False)
class OneOf:
    """A body of one of several kinds: msgspec has no union of two structs."""

    kinds: tuple[Any, ...]

    def __init__(self, *kinds: Any) -> None:
        object.__setattr__(self, "kinds", kinds)


JSON_TYPE: Final = "application/json"


def media_type_of(kind: Any) -> str:
    """Return under which media type a JSON body of that struct goes: what it names as MEDIA_TYPE, or JSON's own."""
    return getattr(kind, "MEDIA_TYPE", JSON_TYPE)


NO_BODY: Final = Media("", "no body")

#: A msgspec type, a OneOf or a Media; None: not described.
Body = Any

#: The bodies of refusals by HTTP status.
Errors = Mapping[int, Body]


def kinds_of(body: Body) -> Iterator[Any]:
    """Yield the types, and the Media, that *body* may be."""
    if isinstance(body, OneOf):
        for kind in body.kinds:
            yield from kinds_of(kind)
    elif body is not None:
        yield body


def body_of(status: int, response: Body, *errors: Errors) -> Body:
    """Return what the body of an answer with *status* is: *response* from 200 to 299, else by the first of *errors* that knows.

    None: nobody says.
    """
    if 200 <= status < 300:
        return response
    for bodies in errors:
        for key in (status, ANY_STATUS):
            if key in bodies:
                return bodies[key]
    return None
