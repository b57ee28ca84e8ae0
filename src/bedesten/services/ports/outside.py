"""What is outside the venue: who brings messages, the networks money comes from and goes to, a past for new instruments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import msgspec

from bedesten.domain.networks import Network
from bedesten.services.store_types import Candle, Destination, Payment, PaymentSeen, Trade


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """An e-mail or a text message to a customer. It holds no secret but the code that it brings."""

    number: int  # from 1, in the order in which they were sent
    time_ns: int
    channel: str  # "email" or "text"; on a demo venue also "captcha": to whom a picture's id, and what is read there
    to: str
    subject: str
    body: str


class Outbox(Protocol):
    """Who brings messages to customers."""

    async def send(self, channel: str, to: str, subject: str, body: str, *, account: int = 0) -> None:
        """Take a message, to bring it soon. *account*: whose holder it is for; 0: nobody's.

        Raises: Overloaded when it cannot be taken now.
        """
        ...

    def messages(self, limit: int) -> list[Message]:
        """Return the last messages, newest first, as far as they are remembered."""
        ...


class Chain(Protocol):
    """The networks that money comes from and goes to: what any can. What was told of a payment stays true after a restart.

    Raises: ServiceError when a network cannot be asked now; then nothing is known, and who asked tries again.
    """

    def accepts(self, network: Network, to: Destination) -> bool:
        """Return whether an address of the network's own form is named."""
        ...

    def canonical(self, network: Network, to: Destination) -> Destination:
        """Return the one spelling by which destinations are compared."""
        ...

    async def derive(self, network: Network, index: int) -> Destination:
        """Return where the venue is paid under that number: always the same, and no other's."""
        ...

    async def height(self, network: Network) -> int:
        """Return the number of the newest block that is known."""
        ...

    async def payments(self, after: int) -> Sequence[Payment]:
        """Return the payments to and from the venue, oldest first, but for the first *after* ones."""
        ...

    async def look_up(self, payment_ids: Sequence[str]) -> Sequence[PaymentSeen]:
        """Return these payments as they stand now; what is not known is left out."""
        ...

    async def send(self, reference: int, network: Network, asset: int, amount: int, to: Destination) -> Payment:
        """Pay out once, however often it is asked for by the same *reference*.

        Raises: ChainRefused when it was not paid and never will be.
        """
        ...

    async def sent(self, reference: int) -> PaymentSeen | None:
        """Return the payment of that reference; None: the network was certainly not asked for it."""
        ...


@runtime_checkable
class SimulatedNetworks(Protocol):
    """What only a simulated chain can: a faucet, faults, blocks mined by hand. Raises: ChainRefused, Overloaded, Stopped."""

    async def fund(self, network: Network, asset: int, amount: int, to: Destination) -> Payment:
        """Pay from nowhere: the faucet."""
        ...

    async def reorganize(self, network: Network, depth: int) -> list[Payment]:
        """Replace the last *depth* blocks and return the payments that were in them."""
        ...

    async def mine(self, network: Network, count: int) -> int:
        """Add blocks at once, and return the number of the newest."""
        ...

    async def fail(self, reference: int) -> Payment:
        """Let a payment out of the venue fail that is not confirmed yet."""
        ...

    async def delay(self, reference: int) -> Payment:
        """Let no block take a payment out of the venue until it is included."""
        ...

    async def include(self, reference: int) -> Payment:
        """Let the next block take a payment that was delayed."""
        ...


class History(Protocol):
    """A past to show for the time before an instrument's first trade."""

    def candles(self, instrument: int, period_s: int, start_s: int, end_s: int) -> list[Candle]:
        """Return the minutes in start_s ≤ start < end_s joined to periods that follow one another from *start_s* on.

        Shape: oldest first, without gaps from the first period that the past holds whole; the last one may be cut short by
        *end_s* or by the present. *period_s* and *start_s* are multiples of 60.
        """
        ...

    def trades(self, instrument: int, end_s: int, limit: int) -> list[Trade]:
        """Return the last *limit* matches before *end_s*, oldest first: those of the minutes that `candles` tells.

        Shape: every minute is whole, so that a few more may come; their numbers grow with time and are all below 0, where a
        venue's own begin at 1. *end_s* is a multiple of 60.
        """
        ...
