"""The house's own endpoints, in demo mode only: a funded account in one request, a faucet over the simulated chains, the outbox.

Holds no state. An amount is bounded by what the venue's composition says of each asset, requests by the dialect's limit; what is
paid still needs its network's confirmations before anybody is credited. Errors are {"error","message"}, as of the house's pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.bodies import ANY_STATUS, Errors
from bedesten.dialects.contract import (
    JSON,
    Endpoint,
    Limit,
    Per,
    Reply,
    Request,
    Signing,
    SocketRoute,
    Window,
    decode_params,
)
from bedesten.dialects.demo import start
from bedesten.dialects.demo.shapes import DemoRefusal, FaucetForm, FaucetPayment, SentMessage
from bedesten.dialects.refusals import Malformed, Refusal, SystemFailure, Unauthenticated
from bedesten.domain.money import to_text, to_units
from bedesten.services.errors import ChainRefused
from bedesten.services.ports import Message
from bedesten.services.store_types import Destination

if TYPE_CHECKING:
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

FAUCET_PATH: Final = "/demo/faucet"
OUTBOX_PATH: Final = "/demo/outbox"
MESSAGES: Final = 100  # as many as a test or a person looks back
ADDRESS_CHARS_MAX: Final = 256  # of an address and of a tag: more is none anywhere
_MINUTE: Final = 60_000_000_000
#: Every payment is kept for good: a script that needs more has the command line.
LIMITS: Final[Mapping[str, Limit]] = {
    "faucet": Limit((Window(30, _MINUTE, Per.ADDRESS),), blocks_ns=()),
    "outbox": Limit((Window(600, _MINUTE, Per.ADDRESS),), blocks_ns=()),
    "start": start.LIMIT,
}
_EXAMPLE: Final[Mapping[str, Any]] = {
    "network": "Bitcoin", "asset": "BTC", "amount": "0.5", "address": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
}  # fmt: skip


class DemoDialect:
    """What the demo offers beside the venues' APIs."""

    name = "demo"
    title = "Demo"
    ignores_case = False
    error_bodies: Errors = {ANY_STATUS: DemoRefusal}
    signing: Signing | None = None
    sockets: Sequence[SocketRoute] = ()
    limits = LIMITS

    def __init__(self, faucet_max: Mapping[int, int]) -> None:
        self._faucet_max = faucet_max  # by asset, in minor units
        self.endpoints: Sequence[Endpoint] = (
            Endpoint(
                method="POST", path=FAUCET_PATH, call=self.pay, request=FaucetForm, response=FaucetPayment, reads="body",
                limit="faucet", summary="Pay any address over a simulated chain", group="Demo", example=_EXAMPLE,
            ),
            start.Start(faucet_max).endpoint(),
            Endpoint(
                method="GET", path=OUTBOX_PATH, call=outbox, response=list[SentMessage], limit="outbox", group="Demo",
                summary="What customers were written, newest first; and the answers of captchas",
            ),
        )  # fmt: skip

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""
        return path in (FAUCET_PATH, start.PATH)

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Refuse: nothing here belongs to anybody."""
        raise Unauthenticated("there are no keys here")

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return the request's parameters."""
        return decode_params(endpoint, request)

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return *error* in the house's shape; a failure of ours as 503, which nobody takes for a verdict."""
        refusal = error if isinstance(error, Refusal) else SystemFailure("System error")
        status = 503 if isinstance(refusal, SystemFailure) else refusal.status
        body = msgspec.json.encode({"error": type(refusal).__name__, "message": refusal.message})
        return Reply(status, body, (JSON,))

    async def pay(self, venue: Venue, request: Request, form: FaucetForm) -> FaucetPayment:
        """Let a simulated chain pay an address."""
        asset = venue.catalogue.asset(form.asset.strip().upper())
        network = None if asset is None else venue.network_deposits.network(asset, form.network)
        if asset is None or network is None:
            raise Malformed("no such network carries that asset", "network")
        if max(len(form.address), len(form.tag)) > ADDRESS_CHARS_MAX:
            raise Malformed("the address is too long", "address")
        most = self._faucet_max.get(asset.id, 0)
        try:
            units = to_units(form.amount, scale=asset.scale)
        except ValueError as error:
            raise Malformed(str(error), "amount") from error
        if not 0 < units <= most:
            raise Malformed(f"the faucet pays up to {to_text(most, scale=asset.scale)} {asset.code} at once", "amount")
        try:
            paid = await venue.network_deposits.fund(network, asset, units, Destination(form.address, form.tag))
        except ChainRefused as error:
            raise Malformed(str(error), "address") from error
        return FaucetPayment(
            paid.id, paid.network, asset.code, to_text(paid.amount, scale=asset.scale), paid.to.address, paid.to.tag,
            paid.height, network.confirmations,
        )  # fmt: skip


async def outbox(venue: Venue, request: Request, form: None) -> list[Message]:
    """Return the last messages to customers: on a demo venue they are everybody's to read."""
    return venue.customers.outbox.messages(MESSAGES)
