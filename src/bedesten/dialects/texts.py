"""The door for texts: what a client sends to be kept holds no control characters and no halves of characters.

Every field of every form is looked at, found from its struct; a dialect tells the refusal in its venue's words. A request that
only asks may name what a venue took in earlier, when it was not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.refusals import UnfitText
from bedesten.domain.texts import IN_LINES, is_fit

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request

KEEPING: Final = frozenset({"POST", "PUT", "PATCH"})

#: Without any of these bytes nothing that is unfit can have been sent, raw or escaped; most requests have none.
_TELLING: Final = re.compile(rb"[\x00-\x1f\x7f-\xff\\%]")


def check_texts(request: Request, form: object) -> None:
    """Return when everything in *form* may be kept.

    Raises: UnfitText, which names the field.
    """
    if request.method not in KEEPING:
        return
    query = request.query_string
    if not (request.path_params or _TELLING.search(request.body) or query and _TELLING.search(query)):
        return
    for name, text, in_lines in texts_of(form):
        if not is_fit(text, in_lines=in_lines):
            raise UnfitText(f"{name} holds a character that cannot be kept", name)


def texts_of(value: Any, name: str = "", *, in_lines: bool = False) -> Iterator[tuple[str, str, bool]]:
    """Yield every text within a form, the field that it stands in, as it is written on the wire, and whether that has lines."""
    if isinstance(value, str):
        yield name, value, in_lines
    elif isinstance(value, msgspec.Struct):
        for attribute, written, has_lines in _fields(type(value)):
            yield from texts_of(getattr(value, attribute), written, in_lines=has_lines)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts_of(each, name, in_lines=in_lines)


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (field.name, field.encode_name, IN_LINES in getattr(field.type, "__metadata__", ()))
        for field in msgspec.structs.fields(kind)
    )
