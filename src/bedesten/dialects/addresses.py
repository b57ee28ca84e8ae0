"""Addresses as limits count them, and how often one was not believed. Knows nothing of keys, requests or venues.

A household or a rented server has a whole /64 of IPv6 addresses: who counts them one by one counts nothing. Allow-lists do not
look here; they mean the address itself.
"""

from __future__ import annotations

import ipaddress
import re
from collections import OrderedDict
from functools import lru_cache
from typing import Final

SUBSCRIBER_BITS: Final = 64  # the smallest network that a subscriber is given (RFC 6177, RFC 7421)
NETWORKS_KEPT_MAX: Final = 4_096  # texts worked out lately; a miss costs some microseconds

FAILURES_MAX: Final = 100  # in FAILURES_NS: a fleet of bots with a wrong clock retries this often, a guesser far more
FAILURES_NS: Final = (
    60_000_000_000  # and so long an address waits at most: no one is locked out by a neighbour for long
)
ADDRESSES_MAX: Final = 20_000  # remembered, the most recent: about 4 MB
_HOST: Final = re.compile(r"(?:[A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?")


def is_host(text: str) -> bool:
    """Return whether *text* can stand in a URL as a host, with or without a port."""
    return _HOST.fullmatch(text) is not None


def network_of(host: str) -> str:
    """Return the text under which limits count *host*: an IPv4 address as it is, an IPv6 one by its /64."""
    return _network_of_6(host) if ":" in host else host


@lru_cache(maxsize=NETWORKS_KEPT_MAX)
def _network_of_6(host: str) -> str:
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:  # how a socket on "::" sees who comes over IPv4
        return str(address.ipv4_mapped)
    return f"{ipaddress.IPv6Address(int(address) >> SUBSCRIBER_BITS << SUBSCRIBER_BITS)}/{SUBSCRIBER_BITS}"


class Tally:
    """How many of something every address has open."""

    __slots__ = ("_counts", "_most")

    def __init__(self, most: int) -> None:
        self._most = most
        self._counts: dict[str, int] = {}  # as many as there are connections, which are bounded

    def enter(self, host: str) -> bool:
        """Count one more of *host*'s network, unless it has as many as it may."""
        network = network_of(host)
        count = self._counts.get(network, 0)
        if count >= self._most:
            return False
        self._counts[network] = count + 1
        return True

    def leave(self, host: str) -> None:
        """Count one less."""
        network = network_of(host)
        count = self._counts[network] - 1
        if count:
            self._counts[network] = count
        else:
            del self._counts[network]


class FailedAttempts:
    """How often lately an address showed a key, a signature or a token that was not believed.

    Invariant: whoever was not believed FAILURES_MAX times within FAILURES_NS waits until the first of them is that old. Successes
    in between change nothing, so that somebody's good key does not pay for a neighbour's guesses.
    """

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: OrderedDict[str, list[int]] = OrderedDict()  # when the window began, and how many in it

    def wait_ns(self, host: str, now_ns: int) -> int:
        """Return for how long *host* has to wait; 0: it may try."""
        if not self._known:
            return 0
        began = self._known.get(network_of(host))
        if began is None or began[1] < FAILURES_MAX:
            return 0
        return max(0, began[0] + FAILURES_NS - now_ns)

    def note(self, host: str, now_ns: int) -> None:
        """Count one failure."""
        network = network_of(host)
        began = self._known.get(network)
        if began is None or now_ns - began[0] >= FAILURES_NS:
            self._known[network] = [now_ns, 1]
            self._known.move_to_end(network)
            if len(self._known) > ADDRESSES_MAX:
                self._known.popitem(last=False)
        else:
            began[1] += 1
