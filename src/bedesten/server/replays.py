"""Signed requests that move money, each done once: a copy of one, sent again, does nothing.

Owns what was asked lately, as digests. Two requests are the same when key, path, nonce and body are; what the venues' clients do
with one nonce, several requests that differ, goes on; so does one that came with an id of the client's own, under which it is
done once by whoever does it, as long as it comes with the same. What was asked is forgotten when its nonce is stale; a venue that
starts has forgotten everything, so it takes no nonce from before its start. Invariant: what is remembered is not dropped for
room.
"""

from __future__ import annotations

import hashlib
import heapq
from collections import Counter
from typing import Final

from bedesten.dialects.contract import Request, Stamp
from bedesten.dialects.refusals import Replayed, Unavailable

REMEMBERED_MAX: Final = 262_144  # requests of two minutes: some 40 MB; beyond, better refused than done twice
OF_ONE_MAX: Final = 32_768  # of one key: so that nobody takes the room of all; 200 a second leave a third of it free
_EMPTY: Final = b"{}"


class Replays:
    """What was asked, until it cannot be asked any more."""

    def __init__(self, started_ns: int) -> None:
        self._started_ms = started_ns // 1_000_000
        self._seen: dict[bytes, bytes] = {}  # and the client's own id that it came with
        self._stale: list[tuple[int, bytes, str]] = []  # a heap: what is stale first, first
        self._of_key: Counter[str] = Counter()

    def admit(self, request: Request) -> None:
        """Remember a request; one without a stamp, of a session or a bearer token, is as good as any other.

        Raises: Replayed; Unavailable when there is no room.
        """
        stamp = request.stamp
        if stamp is None:
            return
        self._forget_stale(request.stamped_ns)
        digest = _digest(request, stamp)
        if stamp.made_ms < self._started_ms or digest in self._seen:
            if stamp.idempotency and self._seen.get(digest) == stamp.idempotency:
                return  # it is done once by that
            raise Replayed("Invalid nonce")
        assert request.key is not None, "what is stamped was authenticated"
        name = request.key.key
        if len(self._stale) >= REMEMBERED_MAX or self._of_key[name] >= OF_ONE_MAX:
            raise Unavailable("busy; try again")
        self._seen[digest] = stamp.idempotency
        self._of_key[name] += 1
        heapq.heappush(self._stale, (stamp.stale_ns, digest, name))

    def forget(self, request: Request) -> None:
        """Let a request be sent again that was not done and whose answer said so."""
        if request.stamp is not None:
            self._seen.pop(_digest(request, request.stamp), None)

    def _forget_stale(self, now_ns: int) -> None:
        while self._stale and self._stale[0][0] <= now_ns:
            _, digest, name = heapq.heappop(self._stale)
            self._seen.pop(digest, None)
            self._of_key[name] -= 1
            if not self._of_key[name]:
                del self._of_key[name]


def _digest(request: Request, stamp: Stamp) -> bytes:
    assert request.key is not None, "what is stamped was authenticated"
    body = b"" if request.body == _EMPTY else request.body  # signed alike
    path = stamp.path.rstrip(b"/").lower()
    digest = hashlib.blake2b(digest_size=16)
    for part in (request.key.key.encode(), request.method.encode(), path, stamp.nonce.lstrip(b"0"), body):
        digest.update(len(part).to_bytes(4) + part)
    return digest.digest()
