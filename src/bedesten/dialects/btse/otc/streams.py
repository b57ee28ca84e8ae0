"""`/ws/otc`: streams of quotes. A stream is told at every beat, and at once when the reference price has moved far enough.

Owns who streams what. Each stream is rendered once a push; nothing is ever waited for, so that a slow reader holds up nobody:
the connection's own outbox ends it. Quote ids stand only in what an account that is logged in is told; they are accepted over
REST.

Source: BTSE OTC streams v1.2 (https://btsecom.github.io/docs/otc/en/), "Quote Stream", read 2026-11-20; symbol and timestamp,
which the venue's sample program reads, stand in every frame. The beat and what a `quote` is answered at once are not documented.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.btse import numbers
from bedesten.dialects.btse.conversation import ARGUMENTS_MAX, CLOSE_POLICY, Addresses, Conversation, Refused
from bedesten.dialects.btse.logins import FAILED_LOGINS_MAX, proven_key
from bedesten.dialects.btse.otc import errors as otc_errors
from bedesten.dialects.btse.otc import parse, render
from bedesten.dialects.btse.topics import acknowledgement, login_result
from bedesten.dialects.logins import Login
from bedesten.domain.enums import Side
from bedesten.domain.money import PPM
from bedesten.domain.texts import is_fit
from bedesten.services.otc.desk import OtcRefusal
from bedesten.services.otc.quotes import Quote
from bedesten.services.sequencing.loops import Work

if TYPE_CHECKING:
    from bedesten.core import Machine
    from bedesten.dialects.contract import Connection, Session
    from bedesten.domain.instruments import Instrument
    from bedesten.services.sequencing.sequencer import Committed
    from bedesten.services.venue import Venue

PATH: Final = "/ws/otc"
STREAMS_MAX: Final = 20  # per connection: each costs two quotes a beat
UNANSWERED_MAX: Final = 64  # quotes asked for before the first is answered: a client that waits for none
LOOP: Final = "otc quotes"  # its name where it fails
CLIENT_ID_MAX: Final = 64  # characters, as of an order's
_SIDES: Final = {None: (Side.BUY, Side.SELL), "": (Side.BUY, Side.SELL), "buy": (Side.BUY,), "sell": (Side.SELL,)}


class Quantity(msgspec.Struct):
    """How much, and of which of the two assets."""

    quantity: msgspec.Raw
    currency: str


class OtcRequest(msgspec.Struct):
    """A message; the fields beyond op are those of its operation."""

    op: str
    args: list[msgspec.Raw] | None = None
    symbol: str | None = None
    side: str | None = None
    clOrderId: str | None = None
    quantity: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a stream quotes: the same is never streamed twice on a connection. Units: minor units, one of the two is 0."""

    instrument: Instrument
    sides: tuple[Side, ...]
    client_id: str | None
    base: int
    quote: int

    def is_of(self, request: OtcRequest, amounts: tuple[int, int] | None) -> bool:
        """Return whether *request* names this stream; what it leaves out it does not care about."""
        return (
            request.symbol == self.instrument.name
            and (not request.side or _SIDES.get(request.side) == self.sides)
            and (request.clOrderId is None or request.clOrderId == self.client_id)
            and (amounts is None or amounts == (self.base, self.quote))
        )


@dataclass(slots=True)
class Stream:
    """A stream's last push. Units: reference in half ticks."""

    due_ns: int
    reference: int = 0


class OtcSocket:
    """What `/ws/otc` streams, for all its connections."""

    def __init__(self, venue: Venue, addresses: Addresses) -> None:
        self.venue = venue
        self.addresses = addresses
        self.numbers = itertools.count(1)
        self._streaming: dict[OtcSession, None] = {}
        venue.feeds.watch_commits(self._committed)

    def open(self, connection: Connection) -> Session:
        """Return the session of a new connection."""
        if not self.addresses.enter(connection.client_host):
            return Refused(connection)
        return OtcSession(self, connection)

    def note(self, session: OtcSession) -> None:
        """Remember who has streams."""
        if session.streams:
            self._streaming[session] = None
        else:
            self._streaming.pop(session, None)

    def _committed(self, committed: Committed) -> None:
        if not self._streaming:
            return
        machine, desk = self.venue.sequencer.state.machine, self.venue.otc
        references = {
            market.instrument: desk.reference_now(machine, market.instrument) for market in desk.terms.markets
        }
        for session in tuple(self._streaming):
            with self.venue.loops.guard(LOOP, session.name, bugs_too=True):
                session.push_moved(machine, references, desk.terms.push_move_ppm)


class OtcSession(Conversation):
    """One connection to `/ws/otc`."""

    def __init__(self, socket: OtcSocket, connection: Connection) -> None:
        self.streams: dict[Asked, Stream] = {}
        self._socket = socket
        self._venue = socket.venue
        self._login: Login | None = None
        self._failed_logins = 0
        self._unanswered: list[Asked] = []  # each is answered with a push of its own
        self.name = f"connection {next(socket.numbers)}"  # where it fails
        loops = socket.venue.loops
        self._first = Work(loops, LOOP, lambda: bool(self._unanswered), self._answer, f"{self.name}, first quotes")
        self._beat = Work(loops, LOOP, lambda: bool(self.streams), self._push_next, self.name)
        super().__init__(socket.venue.clock, connection, socket.addresses)

    def received(self, message: str | bytes) -> None:
        """Answer one message."""
        if isinstance(message, bytes):
            return
        if message == "ping":
            self.pong()
            return
        try:
            request = _decode(message)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self._refuse(None, "Invalid request")
            return
        match request.op:
            case "quote":
                self._begin(request)
            case "unsubscribe-quote":
                self._end(request)
            case "unsubscribe-quote-all":
                self._keep({})
            case "authKeyExpires" | "login":
                self._log_in((request.args or [])[:ARGUMENTS_MAX])
            case "subscribe":
                self.heard()
                self.connection.send(acknowledgement("subscribe", []))
            case "ping":
                self.pong()

    def closed(self) -> None:
        """Forget the connection."""
        self._keep({})
        self._log_out()
        super().closed()

    def push_moved(self, machine: Machine, references: dict[int, int], move_ppm: int) -> None:
        """Push the streams whose reference price has moved beyond the threshold since they were last told."""
        for asked, stream in tuple(self.streams.items()):
            now, before = references.get(asked.instrument.id, 0), stream.reference
            if before and now and abs(now - before) * PPM > move_ppm * before:
                self._push(machine, asked, stream)

    def _begin(self, request: OtcRequest) -> None:
        self.heard()
        asked = self._asked(request)
        if isinstance(asked, str):
            self._refuse(request, asked)
            return
        if asked not in self.streams and len(self.streams) >= STREAMS_MAX:
            self._refuse(request, f"At most {STREAMS_MAX} streams on a connection")
            return
        self._keep({**self.streams, asked: Stream(self._clock.now_ns())})
        self._unanswered.append(asked)
        if len(self._unanswered) > UNANSWERED_MAX:
            self.connection.close(CLOSE_POLICY, "too many requests at once")
            return
        self._first.wake()
        self._beat.wake()

    def _end(self, request: OtcRequest) -> None:
        self.heard()
        instrument, amounts = self._venue.catalogue.instrument(request.symbol or ""), None
        if instrument is not None and request.quantity is not None:
            read = _amounts(instrument, request.quantity)
            if isinstance(read, str):
                self._refuse(request, read)
                return
            amounts = read
        self._keep({asked: stream for asked, stream in self.streams.items() if not asked.is_of(request, amounts)})

    def _keep(self, streams: dict[Asked, Stream]) -> None:
        self.streams = streams
        self.topics = dict.fromkeys(["quote"]) if streams else {}
        self._socket.note(self)

    def _asked(self, request: OtcRequest) -> Asked | str:
        instrument = self._venue.catalogue.instrument(request.symbol or "")
        if instrument is None or self._venue.otc.market(instrument.id) is None:
            return otc_errors.sentence(OtcRefusal.UNKNOWN_MARKET)
        if request.side not in _SIDES:
            return "Invalid side: buy, sell or none"
        if len(request.clOrderId or "") > CLIENT_ID_MAX or not is_fit(request.clOrderId or ""):
            return "Invalid clOrderId"
        if request.quantity is None:
            return "quantity is mandatory"
        amounts = _amounts(instrument, request.quantity)
        if isinstance(amounts, str):
            return amounts
        return Asked(instrument, _SIDES[request.side], request.clOrderId, *amounts)

    async def _answer(self) -> None:
        def push(machine: Machine) -> None:
            asked, self._unanswered = self._unanswered, []
            for each in asked:
                if (stream := self.streams.get(each)) is not None:  # it may have ended meanwhile
                    self._push(machine, each, stream)

        await self._venue.sequencer.read(push)

    async def _push_next(self) -> None:
        await self._clock.sleep_until_ns(min(stream.due_ns for stream in self.streams.values()))
        await self._push_due()

    async def _push_due(self) -> None:
        def push(machine: Machine) -> None:
            now_ns = self._clock.now_ns()
            for asked, stream in tuple(self.streams.items()):
                if stream.due_ns <= now_ns:
                    self._push(machine, asked, stream)

        await self._venue.sequencer.read(push)

    def _push(self, machine: Machine, asked: Asked, stream: Stream) -> None:
        desk, account = self._venue.otc, self._login.key.account if self._login is not None else 0
        stream.due_ns = self._clock.now_ns() + desk.terms.push_ns
        stream.reference = desk.reference_now(machine, asked.instrument.id)
        quotes: dict[Side, Quote | OtcRefusal] = {
            side: desk.quote_now(
                machine, account, asked.instrument, side, asked.base, asked.quote, asked.client_id or ""
            )
            for side in asked.sides
        }
        self.connection.send(frame(asked, quotes, numbers.ms(self._clock.now_ns())))

    def _refuse(self, request: OtcRequest | None, reason: str) -> None:
        row: dict[str, Any] = {"topic": "quote", "symbol": request.symbol if request else None}
        row |= {"timestamp": numbers.ms(self._clock.now_ns()), **dict.fromkeys(_FIELDS)}
        row |= {
            "clOrderId": request.clOrderId if request else None,
            "status": str(otc_errors.REJECTED),
            "reason": reason,
        }
        self.connection.send(_encode(row))

    def _log_in(self, arguments: list[msgspec.Raw]) -> None:
        self.heard()
        key = proven_key(self._venue, self.connection, arguments, (PATH,))
        self.connection.send(login_result(key is not None))
        if key is not None:
            self._log_out()
            self._login = Login(self._venue, self.connection, key, self._expel)
            return
        self._failed_logins += 1
        self._socket.addresses.note_failed_login(self.connection.client_host)
        if self._failed_logins >= FAILED_LOGINS_MAX:
            self.connection.close(CLOSE_POLICY, "too many failed logins")

    def _log_out(self) -> None:
        if self._login is not None:
            self._login.close()
            self._login = None

    def _expel(self) -> None:
        """Log out, and say so: the key no longer holds. Quotes go on, without ids."""
        self._log_out()
        self.connection.send(login_result(False))


def frame(asked: Asked, quotes: dict[Side, Quote | OtcRefusal], time_ms: int) -> bytes:
    """Return one push: a side that was not asked for, or cannot be quoted, is null."""
    refused = [(side, made) for side, made in quotes.items() if isinstance(made, OtcRefusal)]
    row: dict[str, Any] = {"topic": "quote", "symbol": asked.instrument.name, "timestamp": time_ms}
    row |= dict.fromkeys(_FIELDS)
    row["clOrderId"] = asked.client_id
    for side, made in quotes.items():
        if isinstance(made, Quote):
            name = side.name.lower()
            row[f"{name}QuoteId"] = made.id or None
            row[f"{name}Quantity"] = numbers.raw(render.base_text(made))
            row[f"{name}UnitPrice"] = numbers.raw(render.price_text(made.price))
            row[f"{name}TotalAmount"] = numbers.raw(render.quote_text(made))
    if refused:
        row["status"] = str(otc_errors.STATUS[refused[0][1]])
        row["reason"] = "; ".join(f"{side.name.lower()}: {otc_errors.sentence(made)}" for side, made in refused)
    return _encode(row)


def _amounts(instrument: Instrument, quantity: Quantity) -> tuple[int, int] | str:
    """Return the quantity in base and the amount in quote, one of them 0; or why it is neither."""
    if quantity.currency not in (instrument.base.code, instrument.quote.code):
        return "Invalid currency: the base or the quote of the market"
    is_base = quantity.currency == instrument.base.code
    try:
        units = parse.units_of(quantity.quantity, instrument.base if is_base else instrument.quote)
    except ValueError:
        return "Invalid quantity"
    if not units:
        return "Invalid quantity"
    return (units, 0) if is_base else (0, units)


_FIELDS: Final = (
    "buyQuoteId", "sellQuoteId", "clOrderId", "buyQuantity", "buyUnitPrice", "buyTotalAmount", "sellQuantity", "sellUnitPrice",
    "sellTotalAmount", "status", "reason",
)  # fmt: skip
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(OtcRequest).decode
