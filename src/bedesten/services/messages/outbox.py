"""The outbox: messages to customers, kept where the operator and tests can read them. Nothing leaves the machine.

A venue that sends for real puts a port of its own in this place. Bounded: the oldest message gives way. A message is sealed for
the customer whom it is for, since it brings a code.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes.customers import MessageQueued
from bedesten.services.messages.fold_messages import MESSAGES_MAX, MessagesFold
from bedesten.services.ports import DataKeys, Message
from bedesten.services.sealing.owners import owner_or_venue
from bedesten.services.sequencing.sequencer import Sequencer

__all__ = ["MESSAGES_MAX", "StoredOutbox"]

MESSAGE_PURPOSE: Final = "message to a customer"  # of what is sealed: part of what is stored


class MessageText(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed of a message."""

    to: str
    subject: str
    body: str


_decode: Final = msgspec.json.Decoder(MessageText).decode


class StoredOutbox:
    """services.ports.Outbox over the venue's own log."""

    def __init__(self, sequencer: Sequencer, vault: DataKeys, clock: Clock) -> None:
        self._sequencer = sequencer
        self._vault = vault
        self._clock = clock
        self._fold = sequencer.state.folds.of(MessagesFold)

    async def send(self, channel: str, to: str, subject: str, body: str, *, account: int = 0) -> None:
        """Keep a message.

        Raises: Overloaded, Stopped.
        """
        text = msgspec.json.encode(MessageText(to, subject, body)).decode()
        sealed = self._vault.sealing(owner_or_venue(account)).seal(text, MESSAGE_PURPOSE)
        note = MessageQueued(account, channel, self._clock.now_ns(), sealed)
        await asyncio.shield(self._sequencer.submit(RecordNote(), notes=(note,)))

    def messages(self, limit: int) -> list[Message]:
        """Return the last messages, newest first."""
        return [self._opened(note) for note in list(self._fold.messages)[: -limit - 1 : -1]]

    def _opened(self, note: MessageQueued) -> Message:
        text = _decode(self._vault.sealing(owner_or_venue(note.account)).unseal(note.text, MESSAGE_PURPOSE))
        return Message(
            number=note.number, time_ns=note.time_ns, channel=note.channel, to=text.to, subject=text.subject,
            body=text.body,
        )  # fmt: skip
