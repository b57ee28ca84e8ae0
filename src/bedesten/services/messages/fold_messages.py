"""The last messages to customers, sealed: known from the log alone."""

from __future__ import annotations

from collections import deque
from typing import ClassVar, Final

import msgspec

from bedesten.domain.enums import EventKind
from bedesten.domain.events import Event
from bedesten.domain.notes import Note
from bedesten.domain.notes.customers import CustomerErased, MessageQueued
from bedesten.services.sequencing.folds import Place

MESSAGES_MAX: Final = 1_000  # the last day of a small venue; it is a window to look through, not an archive


class MessagesFold:
    """The last MESSAGES_MAX messages, oldest first, each with its number."""

    name: ClassVar[str] = "messages"
    version: ClassVar[int] = 1
    takes: ClassVar[tuple[type[Note], ...]] = (MessageQueued, CustomerErased)
    hears: ClassVar[tuple[EventKind, ...]] = ()

    def __init__(self) -> None:
        self.last = 0  # number of the last message
        self.messages: deque[MessageQueued] = deque(maxlen=MESSAGES_MAX)

    def apply(self, note: Note, place: Place) -> None:
        """Take note of a message, or that nobody can read those of a customer any more."""
        if isinstance(note, MessageQueued):
            self.last = note.number or self.last + 1
            self.messages.append(msgspec.structs.replace(note, number=self.last))
        elif isinstance(note, CustomerErased):
            left = [each for each in self.messages if each.account != note.account]
            self.messages = deque(left, maxlen=MESSAGES_MAX)

    def hear(self, event: Event, place: Place) -> None:
        """Take note of nothing: no event speaks of messages."""

    def capture(self) -> bytes:
        """Return every message."""
        return msgspec.msgpack.encode((self.last, list(self.messages)))

    def restore(self, data: bytes) -> None:
        """Remember what `capture` returned."""
        self.last, messages = msgspec.msgpack.decode(data, type=tuple[int, list[MessageQueued]])
        self.messages = deque(messages, maxlen=MESSAGES_MAX)
