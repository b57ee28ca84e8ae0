"""The verification codes that are out, sealed, and how often they were asked for and guessed at: known from the log alone."""

from __future__ import annotations

from typing import ClassVar, Final, NamedTuple

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import CodeSent, CodeTried, CustomerErased
from bedesten.services.sequencing.folds import Place

CODES_MAX: Final = 5  # good at once: whoever asks for a new one does not kill the owner's
WINDOW_NS: Final = 600 * 1_000_000_000

Name = tuple[int, str]  # account and channel


class Code(NamedTuple):
    """The codes of one customer and channel, newest first, and when messages went out and wrong ones were shown.

    read: with a captcha. good: what is sealed of a code, and until when it is good.
    """

    sent_ns: tuple[int, ...] = ()
    sent_read_ns: tuple[int, ...] = ()
    wrong_ns: tuple[int, ...] = ()
    wrong_read_ns: tuple[int, ...] = ()
    good: tuple[tuple[str, int], ...] = ()


def lately(code: Code, now_ns: int) -> Code:
    """Return what is known without what is too old to count."""

    def within(instants: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(each for each in instants if now_ns - each < WINDOW_NS)

    good = tuple(each for each in code.good if now_ns < each[1])
    return Code(
        within(code.sent_ns), within(code.sent_read_ns), within(code.wrong_ns), within(code.wrong_read_ns), good
    )


def advanced(code: Code, note: CodeSent | CodeTried, now_ns: int) -> Code:
    """Return what is known once a code was sent, or shown."""
    code = lately(code, now_ns)
    if isinstance(note, CodeSent):
        code = code._replace(good=((note.code, note.expires_ns), *code.good)[:CODES_MAX])
        if note.is_read:
            return code._replace(sent_read_ns=(*code.sent_read_ns, now_ns))
        return code._replace(sent_ns=(*code.sent_ns, now_ns))
    if note.is_right:
        return code._replace(good=())
    if note.is_read:
        return code._replace(wrong_read_ns=(*code.wrong_read_ns, now_ns))
    return code._replace(wrong_ns=(*code.wrong_ns, now_ns))


class CodesFold:
    """The codes of every customer. Those of names that are nobody's (account 0) are not remembered."""

    name: ClassVar[str] = "codes"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (CodeSent, CodeTried, CustomerErased)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.codes: dict[Name, Code] = {}

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a code that was sent, or shown."""
        if isinstance(note, CustomerErased):
            for name in [name for name in self.codes if name[0] == note.account]:
                del self.codes[name]
        elif isinstance(note, (CodeSent, CodeTried)) and note.account:
            name = (note.account, note.channel)
            self.codes[name] = advanced(self.codes.get(name, Code()), note, place.time_ns)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of codes."""

    def capture(self) -> bytes:
        """Return every code."""
        return msgspec.msgpack.encode([(name, self.codes[name]) for name in sorted(self.codes)])

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.codes = dict(msgspec.msgpack.decode(data, type=list[tuple[Name, Code]]))
