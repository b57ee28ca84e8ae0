"""What records of format 1 said in texts, as the notes that say it today.

The one place that still knows those texts. Old records stay byte for byte, and fold as new ones do. Never called for a record
of a later format.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.enums import Op
from bedesten.domain.notes import AccountNamed, FamilyMoved, FamilyReturned, Note, Noted

_OPEN_ACCOUNT: Final = int(Op.OPEN_ACCOUNT)
_MOVING: Final = frozenset({int(Op.TRANSFER), int(Op.EXCHANGE)})


def notes_of(commands: bytes, texts: Mapping[int, str]) -> list[Noted]:
    """Return the notes of a batch of format 1, by the index of their command."""
    ops = memoryview(commands).cast("q")[::COMMAND_WIDTH]
    found = ((at, note_of(ops[at], text)) for at, text in sorted(texts.items()) if 0 <= at < len(ops))
    return [(at, note) for at, note in found if note is not None]


def note_of(op: int, text: str) -> Note | None:
    """Return what a text beside a command of that kind said; None for a client's own id of an order."""
    if op == _OPEN_ACCOUNT:
        return AccountNamed(name=text)
    return beside_money(text) if op in _MOVING else None


def beside_money(text: str) -> Note | None:
    """Return what a text beside a command that moved money said, told apart by how it begins."""
    for mark, read in _MARKS.items():
        if text.startswith(mark):
            return read(text)
    return None


class _Family(msgspec.Struct, frozen=True):
    account: int
    id: str = ""
    asked: str = ""
    is_return: bool = False


class _FamilyText(msgspec.Struct, frozen=True):
    family: _Family


def _family(text: str) -> Note:
    told = msgspec.json.decode(text, type=_FamilyText).family
    return FamilyReturned(told.account, told.id) if told.is_return else FamilyMoved(told.account, told.id, told.asked)


#: How a text begins, and what reads it.
_MARKS: Final[Mapping[str, Callable[[str], Note]]] = {'{"family":': _family}
