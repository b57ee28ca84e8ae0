"""The outbox: messages to customers, kept where the operator and tests can read them. Nothing leaves the machine.

A venue that sends for real puts a port of its own in this place. Bounded: the oldest message gives way.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import msgspec

from bedesten.clock import Clock
from bedesten.services.ports import Message, Store
from bedesten.services.sequencing.sequencer import Sequencer

KIND: Final = "outbox"  # of the records they are kept as: one a place, used in turn
MESSAGES_MAX: Final = 1_000  # the last day of a small venue; it is a window to look through, not an archive


class StoredOutbox:
    """services.ports.Outbox over the venue's own store."""

    def __init__(self, sequencer: Sequencer, store: Store, clock: Clock) -> None:
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        kept = (msgspec.json.decode(text, type=Message) for _, text in store.kept_records(KIND))
        self._messages = deque(sorted(kept, key=lambda message: message.number), maxlen=MESSAGES_MAX)

    async def send(self, channel: str, to: str, subject: str, body: str) -> None:
        """Keep a message.

        Raises: Overloaded, Stopped.
        """
        number = self._messages[-1].number + 1 if self._messages else 1
        message = Message(
            number=number, time_ns=self._clock.now_ns(), channel=channel, to=to, subject=subject, body=body
        )
        self._messages.append(message)
        place, text = str(number % MESSAGES_MAX), msgspec.json.encode(message).decode()
        await self._sequencer.write(lambda: self._store.save_record(KIND, place, text))

    def messages(self, limit: int) -> list[Message]:
        """Return the last messages, newest first."""
        return list(self._messages)[: -limit - 1 : -1]
