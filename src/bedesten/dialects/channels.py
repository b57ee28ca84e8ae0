"""A channel: one stream of messages, framed once and handed to every connection that joined. It never waits for one of them.

A server's frames are unmasked, so the bytes are the same for every member; the connections queue them and write at the end of
the loop's tick (server/fanout.py).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, Protocol

_TEXT: Final = 0x81  # RFC 6455 §5.2: final fragment, text
_SHORT: Final = 126  # lengths from here on take two more bytes
_LONG: Final = 1 << 16  # lengths from here on take eight


def text_frame(payload: bytes) -> bytes:
    """Return *payload* as one unmasked text frame."""
    size = len(payload)
    if size < _SHORT:
        return bytes((_TEXT, size)) + payload
    if size < _LONG:
        return bytes((_TEXT, 126)) + size.to_bytes(2) + payload
    return bytes((_TEXT, 127)) + size.to_bytes(8) + payload


def payload_of(frame: bytes) -> bytes:
    """Return what `text_frame` was given."""
    return frame[2 if frame[1] < 126 else 4 if frame[1] == 126 else 10 :]


class Connection(Protocol):
    """One WebSocket, as a session sees it. Nothing here waits; order of sends and published messages is kept."""

    client_host: str
    path: str
    headers: Sequence[tuple[bytes, bytes]]

    def send(self, text: str | bytes) -> None:
        """Send one text message (bytes: already UTF-8). Does nothing once closed."""

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Write what is waiting, then a close frame; nothing is sent or received after it."""

    def join(self, channel: Channel) -> None:
        """Become a member of *channel*, once. Closing leaves every channel."""

    def leave(self, channel: Channel) -> None:
        """Stop being a member, if one."""

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run *work* as a task that is logged when it fails and canceled when the connection closes."""

    def queue(self, frame: bytes, on_overflow: OnOverflow | None = None) -> None:
        """Put a finished frame behind what is waiting; for channels. Too much waiting: *on_overflow*, or the route's policy."""


#: Gets a connection whose outbox overflowed and was emptied: may send a last word, then closes. A session hears closed() after.
OnOverflow = Callable[[Connection], None]


class Channel:
    """Members who get the same bytes."""

    __slots__ = ("members", "name", "on_overflow")

    def __init__(self, name: str, on_overflow: OnOverflow | None = None) -> None:
        self.name = name
        self.on_overflow = on_overflow  # None: the policy of each member's route
        self.members: dict[Connection, None] = {}  # in order of joining; Connection.join and leave keep it

    def publish(self, payload: bytes) -> None:
        """Send *payload*, UTF-8 text, to every member."""
        if not self.members:
            return
        frame = text_frame(payload)
        policy = self.on_overflow
        for member in tuple(self.members):  # a policy may close its connection, which leaves
            member.queue(frame, policy)

    def __len__(self) -> int:
        """How many are listening; nothing needs to be rendered for nobody."""
        return len(self.members)

    def __bool__(self) -> bool:
        return True  # an empty channel is still a channel
