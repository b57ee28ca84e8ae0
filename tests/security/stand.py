"""The demo's venue with every dialect, and clients that sign by what the contract tables say: right, or wrong on purpose.

What a client sends is built from an endpoint's own row: its path, its example, how its dialect signs. So an endpoint that is
added is asked without anybody writing it down here.
"""

from __future__ import annotations

import base64
import contextlib
import enum
import hashlib
import hmac
import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import quote, urlencode

import jwt

from bedesten.bootstrap import Start, make_dialects, running_venue
from bedesten.clock import ManualClock
from bedesten.config import Settings, demo_venue_file
from bedesten.dialects.contract import Dialect, Endpoint, Signing
from bedesten.domain.commands import SetIndex
from bedesten.domain.otc import DESK
from bedesten.server.app import App
from bedesten.services.accounts.accounts import OUTSIDE
from bedesten.services.customers.records import LEVEL_MAX
from bedesten.services.log import recover
from bedesten.services.store_types import ApiKey, Permission
from bedesten.services.venue import Venue
from bedesten.storage.memory import open_memory
from bedesten.storage.sqlite import SqliteStore

MINUTE_NS: Final = 60_000_000_000
HOUR_NS: Final = 60 * MINUTE_NS
EVERYTHING: Final = frozenset(Permission)
LISTED_ADDRESS: Final = "203.0.113.7"  # the only one that the key with an allow-list may be used from
PRICE: Final = 20_000
PLAIN: Final = "/:@!$&'()*+,;=~-._"  # what clients leave as it is in a path
_DIGESTS: Final = {"HMAC-SHA256": hashlib.sha256, "HMAC-SHA384": hashlib.sha384, "HMAC-SHA512": hashlib.sha512}


class Case(enum.Enum):
    """What may be wrong with who asks."""

    NO_KEY = "no key"
    UNKNOWN_KEY = "an unknown key"
    WRONG_SECRET = "a wrong secret"
    EXPIRED_KEY = "an expired key"
    REVOKED_KEY = "a revoked key"
    STALE = "a stale stamp"
    FUTURE = "a stamp from the future"
    LACKS_PERMISSION = "a key without the permission"
    ADDRESS = "an address that is not on the list"


@dataclass(frozen=True)
class Credentials:
    """A key as its holder has it."""

    key: str
    secret: str
    account: int


@dataclass
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Sent:
    """A request before it is signed."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def asked(endpoint: Endpoint, parameters: Mapping[str, Any] | None = None) -> Sent:
    """Return the request that *endpoint*'s row describes, with *parameters* over its example."""
    given = {**endpoint.example, **(parameters or {})}
    path = endpoint.path
    for name in re.findall(r"\{(\w+)\}", path):
        path = path.replace(f"{{{name}}}", str(given.pop(name, "1")))
    headers = {"content-type": "application/json"}
    if endpoint.reads == "body" or (endpoint.reads == "either" and endpoint.method not in ("GET", "DELETE")):
        return Sent(endpoint.method, path, "", json.dumps(given).encode(), headers)
    return Sent(endpoint.method, path, urlencode({k: v for k, v in given.items() if v is not None}), b"", headers)


def signed(signing: Signing, sent: Sent, who: Credentials, stamp_ms: int) -> dict[str, str]:
    """Return the headers that prove *who* sent it, as the dialect publishes it."""
    stamp = str(stamp_ms if signing.nonce == "ms" else stamp_ms // 1000)
    path = sent.path
    for prefix in signing.unsigned_prefixes:
        if path.startswith(prefix + "/"):
            path = path[len(prefix) :]
            break
    parts = {
        "key": who.key, "nonce": stamp, "method": sent.method, "path": path, "query": sent.query,
        "body": sent.body.decode(), "body_sha256": hashlib.sha256(sent.body).hexdigest(),
        "target": quote(path, safe=PLAIN) + (f"?{sent.query}" if sent.query else ""),  # as it goes on the wire
    }  # fmt: skip
    secret = who.secret.encode() if signing.secret == "utf-8" else base64.b64decode(who.secret)
    digest = hmac.new(
        secret, signing.separator.join(parts[part] for part in signing.message).encode(), _DIGESTS[signing.algorithm]
    )
    signature = digest.hexdigest() if signing.signature == "hex" else base64.b64encode(digest.digest()).decode()
    return {
        signing.key_header.lower(): who.key,
        signing.nonce_header.lower(): stamp,
        signing.signature_header.lower(): signature,
    }


class Stand:
    """A venue, its dialects, and who may and may not."""

    def __init__(self, venue: Venue, store: SqliteStore, clock: ManualClock, dialects: list[Dialect]) -> None:
        self.venue = venue
        self.store = store
        self.clock = clock
        self.dialects = {dialect.name: dialect for dialect in dialects}
        self.app = App(venue, dialects)
        self._tokens: dict[tuple[str, str, str, int], str] = {}
        self._addresses = (f"10.{a}.{b}.{c}" for a, b, c in itertools.product(range(256), range(256), range(1, 255)))

    def rows(self) -> Iterator[tuple[Dialect, Endpoint]]:
        """Yield every private endpoint."""
        for dialect in self.dialects.values():
            for endpoint in dialect.endpoints:
                if endpoint.permission is not None:
                    yield dialect, endpoint

    def stranger(self) -> str:
        """Return an address that was never seen before."""
        return next(self._addresses)

    async def customer(
        self, name: str, permissions: Any = EVERYTHING, money: int = 1_000_000, **key: Any
    ) -> Credentials:
        """Open an account with *money* of every asset, and make a key."""
        account = await self.venue.accounts.open(name)
        for asset in self.venue.catalogue.assets:
            if money:
                await self.venue.accounts.deposit(account.id, asset.code, money * 10**asset.scale)
        return await self.key(account.id, permissions, **key)

    async def key(self, account: int, permissions: Any = EVERYTHING, **more: Any) -> Credentials:
        """Make one more key for an account."""
        made: ApiKey = await self.venue.keys.create(account, permissions, **more)
        await self.venue.sequencer.settled()  # so that the store's rows are what was answered
        return Credentials(made.key, made.secret, account)

    async def send(self, sent: Sent, address: str = "") -> Answer:
        """Send a request through the ASGI application, from *address* or from a new one."""
        headers = dict(sent.headers)
        if sent.body:
            headers["content-length"] = str(len(sent.body))
        scope = {
            "type": "http", "method": sent.method, "path": sent.path, "raw_path": sent.path.encode(),
            "query_string": sent.query.encode(), "client": (address or self.stranger(), 1234), "scheme": "http",
            "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers.items()], "http_version": "1.1",
        }  # fmt: skip
        out: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent.body, "more_body": False}

        async def send(message: Any) -> None:
            out.append(message)

        await self.app(scope, receive, send)
        return Answer(out[0]["status"], b"".join(message.get("body", b"") for message in out[1:]), out[0]["headers"])

    async def call(
        self, dialect: Dialect, endpoint: Endpoint, who: Credentials, parameters: Mapping[str, Any] | None = None
    ) -> Answer:
        """Ask an endpoint as *who*."""
        sent = asked(endpoint, parameters)
        sent.headers |= await self.proof(dialect, endpoint, sent, who)
        return await self.send(sent, LISTED_ADDRESS)

    async def proof(
        self, dialect: Dialect, endpoint: Endpoint, sent: Sent, who: Credentials, off_ms: int = 0
    ) -> dict[str, str]:
        """Return the headers that authenticate *sent*; *off_ms*: by how much the stamp is off."""
        if endpoint.bearer:
            return {"authorization": f"Bearer {await self.token(endpoint.bearer, who)}"}
        assert dialect.signing is not None, f"{dialect.name} has private endpoints and does not say how they are signed"
        return signed(dialect.signing, sent, who, self.clock.now_ns() // 1_000_000 + off_ms)

    async def let_in(self, dialect: Dialect, endpoint: Endpoint, sent: Sent, who: Credentials) -> dict[str, str]:
        """Return the headers with which *sent* is let in: a key's signature, or what a page of one's own sends."""
        if not endpoint.signed_in:
            return await self.proof(dialect, endpoint, sent, who)
        return await self.page(who.account)

    async def page(self, account: int, *, is_stepped_up: bool = True) -> dict[str, str]:
        """Sign the holder of an account in with a new browser, and return what its pages send; a customer is made if need be."""
        customers = self.venue.customers
        if customers.of_account(account) is None:
            await customers.introduce(account, f"account{account}@bedesten.example", "", level=LEVEL_MAX)
        number = await customers.venue_number.drawn()
        token = await customers.sessions.open(account, is_proven=True)
        session = customers.sessions.find(token.text)
        assert session is not None
        if is_stepped_up:
            await customers.sessions.prove(session)
        await self.venue.sequencer.settled()
        return {
            "cookie": f"__Host-bedesten-{number}={token.text}", "x-csrf-token": session.csrf_token,
            "sec-fetch-site": "same-origin", "content-type": "application/json", "host": "127.0.0.1",
        }  # fmt: skip

    async def token(self, path: str, who: Credentials, kind: str = "access_token") -> str:
        """Return a bearer token, had as the row says: by OAuth2's client credentials; for some minutes the same."""
        known = (path, who.key, kind, self.clock.now_ns() // (10 * MINUTE_NS))
        if known not in self._tokens:
            self._tokens[known] = await self._new_token(path, who, kind)
        return self._tokens[known]

    async def _new_token(self, path: str, who: Credentials, kind: str) -> str:
        form = {"grant_type": "client_credentials", "client_id": who.key, "client_secret": who.secret}
        body = urlencode(form).encode()
        sent = Sent("POST", path, "", body, {"content-type": "application/x-www-form-urlencoded"})
        answer = await self.send(sent, LISTED_ADDRESS)
        assert answer.status == 200, answer.body
        return str(answer.json[kind])

    async def wrong(self, case: Case, dialect: Dialect, endpoint: Endpoint, cast: Cast) -> tuple[Sent, str]:
        """Return a request with *case* wrong with it, and the address that sends it."""
        sent = asked(endpoint)
        address = LISTED_ADDRESS
        who, off_ms = cast.good, 0
        match case:
            case Case.NO_KEY:
                return sent, self.stranger()
            case Case.UNKNOWN_KEY:
                who = replace(cast.good, key="0" * len(cast.good.key))
            case Case.WRONG_SECRET:
                who = replace(cast.good, secret=cast.other_secret)
            case Case.EXPIRED_KEY:
                who = cast.expired
            case Case.REVOKED_KEY:
                who = cast.revoked
            case Case.STALE:
                off_ms = -HOUR_NS // 1_000_000
            case Case.FUTURE:
                off_ms = HOUR_NS // 1_000_000
            case Case.LACKS_PERMISSION:
                assert endpoint.permission is not None
                who = cast.lacking[endpoint.permission]
            case Case.ADDRESS:
                who, address = cast.listed, self.stranger()
        if case is not Case.ADDRESS:
            address = self.stranger()
        if endpoint.bearer:
            token = await self._wrong_token(case, endpoint.bearer, who, cast)
            sent.headers["authorization"] = f"Bearer {token}"
        else:
            sent.headers |= await self.proof(dialect, endpoint, sent, who, off_ms)
        return sent, address

    async def _wrong_token(self, case: Case, path: str, who: Credentials, cast: Cast) -> str:
        if case in (Case.EXPIRED_KEY, Case.REVOKED_KEY):
            return cast.tokens[case]  # had while the key was good
        if case is Case.STALE:
            return cast.tokens[case]
        good = await self.token(path, who if case in (Case.LACKS_PERMISSION, Case.ADDRESS) else cast.good)
        if case is Case.FUTURE:  # what a token is for may not be chosen either
            return await self.token(path, cast.good, "refresh_token")
        if case is Case.UNKNOWN_KEY:
            claims = jwt.decode(good, options={"verify_signature": False})
            return jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": who.key})
        if case is Case.WRONG_SECRET:
            claims = jwt.decode(good, options={"verify_signature": False})
            return jwt.encode(claims, who.secret, algorithm="HS256", headers={"kid": who.key})
        return good

    def everything(self) -> str:
        """Return a digest of all that a request could have changed: the core, and every row of the store."""
        told = hashlib.sha256(self.venue.sequencer.state.machine.digest().encode())
        told.update(str(self.venue.sequencer.state.machine.seq).encode())
        for line in self.store._writer.iterdump():
            told.update(line.encode())
        return told.hexdigest()


@dataclass
class Cast:
    """Keys that are good, and keys that are not."""

    good: Credentials
    listed: Credentials
    expired: Credentials
    revoked: Credentials
    lacking: dict[Permission, Credentials]
    other_secret: str
    tokens: dict[Case, str]


async def make_cast(stand: Stand) -> Cast:
    """Open the accounts of the cast; an hour passes, so that what was to expire has."""
    good = await stand.customer("good")
    account = good.account
    expired = await stand.key(account, expires_ns=stand.clock.now_ns() + 30 * MINUTE_NS)
    revoked = await stand.key(account)
    path = next((endpoint.bearer for _, endpoint in stand.rows() if endpoint.bearer), "")
    tokens = {}
    if path:
        tokens = {
            Case.STALE: await stand.token(path, good),
            Case.EXPIRED_KEY: await stand.token(path, expired),
            Case.REVOKED_KEY: await stand.token(path, revoked),
        }
    await stand.venue.keys.revoke(revoked.key)
    stand.clock.advance(HOUR_NS)
    return Cast(
        good=good,
        listed=await stand.key(account, ip_allow_list=(LISTED_ADDRESS, "2001:db8::/64")),
        expired=expired,
        revoked=revoked,
        lacking={
            wanted: await stand.key(account, {one for one in Permission if not one & wanted})
            for wanted in {endpoint.permission for _, endpoint in stand.rows() if endpoint.permission is not None}
        },
        other_secret=base64.b64encode(b"another secret of 32 bytes length").decode(),
        tokens=tokens,
    )


@contextlib.asynccontextmanager
async def standing(
    clock: Any = None, dialects: list[Dialect] | None = None, kept: SqliteStore | None = None
) -> AsyncIterator[Stand]:
    """Yield the demo's venue in memory, without its living book; time stands still unless *clock* is another.

    *kept*: a store that outlives it, to start from again.
    """
    venue_file = demo_venue_file()
    clock, store = clock or ManualClock(), kept or open_memory()
    settings = Settings(data=":memory:")
    async with running_venue(settings, store, recover(store), Start(venue_file, "", None), clock, _fail) as venue:
        stand = Stand(venue, store, clock, dialects or make_dialects(venue_file))
        for name in ("BTC-USD", "BTC-TRY"):
            instrument = venue.catalogue.instrument(name)
            assert instrument is not None
            await venue.sequencer.submit(SetIndex(instrument=instrument.id, price=instrument.ticks(str(PRICE))))
        for asset in venue.catalogue.assets:
            await venue.accounts.transfer(OUTSIDE, DESK, asset.code, 1_000_000 * 10**asset.scale)
        yield stand
    if kept is None:
        store.close()


def _fail(error: BaseException) -> None:
    raise AssertionError("the venue failed") from error
