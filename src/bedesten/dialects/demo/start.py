"""One request, and somebody trades: a funded account of the highest level, a browser that is signed in, and a first key.

The account has no password; a code to its e-mail address, which is in the demo's outbox, sets one. Each account is kept for good,
so an address gets few of them an hour.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from bedesten.dialects import browsers
from bedesten.dialects.contract import JSON, Endpoint, Limit, Per, Reply, Request, Window
from bedesten.dialects.refusals import Forbidden
from bedesten.services.customers.records import LEVEL_MAX
from bedesten.services.store_types import Permission

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

PATH: Final = "/demo/start"
NAME_BYTES: Final = 5  # of an account's name: a trillion of them
MAIL_DOMAIN: Final = "bedesten.example"  # nobody's, by RFC 2606
FIRST_KEY: Final = Permission.READ | Permission.TRADING | Permission.TRANSFER | Permission.WALLET
LIMIT: Final = Limit((Window(20, 3_600_000_000_000, Per.ADDRESS),), blocks_ns=())


class DemoStarted(msgspec.Struct, kw_only=True):
    """A new account, and its first key."""

    name: Annotated[str, Meta(description="The account's name")]
    email: Annotated[str, Meta(description="Its e-mail address; what is sent there is in the outbox")]
    key: Annotated[str, Meta(description="An API key, good for every API of the venue")]
    secret: Annotated[str, Meta(description="Its secret, told this once")]
    is_signed_in: Annotated[bool, Meta(description="Whether this browser is signed in: over TLS, or on this machine")]


class Start:
    """The row. *funds*: what an account begins with, by asset, in minor units."""

    def __init__(self, funds: Mapping[int, int]) -> None:
        self._funds = funds

    def endpoint(self) -> Endpoint:
        """Return the row."""
        return Endpoint(
            method="POST", path=PATH, call=self.start, response=DemoStarted, limit="start", group="Demo",
            summary="Open a funded account, sign this browser in, and make a first key",
        )  # fmt: skip

    async def start(self, venue: Venue, request: Request, form: None) -> Reply:
        """Open an account, and everything that it takes to trade with it."""
        if browsers.is_sent_elsewhere(request):
            raise Forbidden("a page of another site opens no account")
        name = f"demo-{venue.chance(NAME_BYTES).hex()}"
        account = await venue.accounts.open(name)
        assets = [each for each in venue.catalogue.assets if self._funds.get(each.id)]
        await asyncio.gather(*(venue.accounts.deposit(account.id, each.code, self._funds[each.id]) for each in assets))
        email = f"{name}@{MAIL_DOMAIN}"
        await venue.customers.introduce(account.id, email, "", level=LEVEL_MAX)
        key = await venue.keys.make(account.id, FIRST_KEY, label="first key", ip_allow_list=(), expires_ns=0)
        headers = [JSON, browsers.NO_STORE]
        if browsers.is_safe(request):
            token = await venue.customers.sessions.open(
                account.id, is_proven=True, visitor=browsers.visitor_of(request)
            )
            headers.append(await browsers.cookie(venue, token.text))
        told = DemoStarted(
            name=name, email=email, key=key.key, secret=key.secret, is_signed_in=browsers.is_safe(request)
        )
        return Reply(200, msgspec.json.encode(told), headers)
