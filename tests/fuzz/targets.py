"""Everything that reads what strangers, operators or disks hand us, as functions of bytes that must not fail.

A target returns when the bytes were read or refused as documented, and raises when they were not. Seeds are made here, so that
whoever explores from them starts with something that means something. `tests/fuzz/guided.py` runs a target under atheris;
tests/fuzz/test_targets.py runs every target on its seeds and on what Hypothesis makes of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import struct
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, Final, NamedTuple

import msgspec

from bedesten.bootstrap import make_dialects
from bedesten.clock import ManualClock
from bedesten.config import ConfigError, demo_venue_file, parse_venue_file, setup_commands
from bedesten.dialects.btcturk import lenient
from bedesten.dialects.contract import Dialect, Endpoint, Request
from bedesten.dialects.refusals import Refusal
from bedesten.domain.money import to_text, to_units
from bedesten.server.control import Ask
from bedesten.server.nesting import is_too_deep
from bedesten.services.errors import DamagedJournal
from bedesten.services.instruments import Catalogue
from bedesten.services.store_types import StateSnapshot
from bedesten.services.venue import open_venue
from bedesten.storage import format2, journal, snapshots
from bedesten.storage.memory import open_memory
from tests.dialects.btse.socket_doubles import FakeConnection


class Target(NamedTuple):
    """Something that reads bytes."""

    read: Callable[[bytes], None]
    seeds: Sequence[bytes]


def read_lenient(data: bytes) -> None:
    """BtcTurk's parser: what is JSON means the same, what is refused is refused with ValueError, what is made of it is JSON."""
    try:
        value = lenient.decode(data)
    except ValueError:
        return
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        return
    assert json.dumps(value, sort_keys=True) == json.dumps(plain, sort_keys=True)


@cache
def _rows() -> list[tuple[Dialect, Endpoint]]:
    return [(dialect, row) for dialect in make_dialects(demo_venue_file()) for row in dialect.endpoints if row.request]


def read_parameters(data: bytes) -> None:
    """Every endpoint's parameters: two bytes choose the endpoint, one what is body and what is query."""
    if len(data) < 3:
        return
    rows = _rows()
    dialect, endpoint = rows[int.from_bytes(data[:2]) % len(rows)]
    rest = data[3:]
    cut = len(rest) * data[2] // 255
    request = Request(
        method=endpoint.method, path=endpoint.path, query_string=rest[cut:], body=rest[:cut],
        headers=[(b"content-type", b"application/x-www-form-urlencoded" if data[2] & 1 else b"application/json")],
        path_params={"id": rest[:20].decode("latin-1")}, client_host="192.0.2.1",
    )  # fmt: skip
    if is_too_deep(request.body):
        return
    try:
        dialect.decode(endpoint, request)
    except Refusal as refusal:
        reply = dialect.render_error(request, endpoint, refusal)
        assert reply.status < 500
    finally:
        _forget(dialect)


def _forget(dialect: Any) -> None:
    """Let a dialect that counts strangers know nobody, so that one input does not depend on another."""
    strangers = getattr(dialect, "_strangers", None)
    if strangers is not None:
        strangers.welcome("192.0.2.1")


def read_money(data: bytes) -> None:
    """Decimal text: refused, or a whole number that prints as the same value."""
    if not data:
        return
    scale, text = data[0] % 19, data[1:].decode("latin-1")
    try:
        units = to_units(text, scale=scale)
    except ValueError:
        return
    assert Fraction(to_text(units, scale=scale)) == Fraction(units, 10**scale)
    assert units.bit_length() < 512, "a short text that costs memory"


def read_venue_file(data: bytes) -> None:
    """A venue file: refused in words, or a venue whose commands can be made."""
    try:
        venue_file = parse_venue_file(data.decode("utf-8", "replace"), source="fuzz")
    except ConfigError as error:
        assert str(error).startswith("fuzz: ")
        return
    setup_commands(venue_file)


_RECORD: Final = struct.Struct(">4q2H")


def read_journal(data: bytes) -> None:
    """Rows of a journal and files of snapshots, damaged or not."""
    with contextlib.suppress(ValueError):
        snapshots.decode(data)
    if len(data) < _RECORD.size:
        return
    first, count, time_ns, outcome, cut, kind = _RECORD.unpack_from(data)
    rest = data[_RECORD.size :]
    commands, text = rest[:cut], rest[cut:].decode("utf-8", "replace")
    record = journal.Record(first, count, time_ns, 3 - (kind >> 2) % 3, commands, "", outcome, b"")
    record = record._replace(checksum=journal._checksum(journal.GENESIS, record))
    record = record._replace(notes=text.encode()) if kind & 2 else record._replace(texts=text)
    if kind & 1:  # with a checksum that is true, so that the rest is looked at too
        record = record._replace(checksum=journal._checksum(journal.GENESIS, record))
    try:
        for each in journal.verified([record], after_seq=0):
            each.batch()
    except DamagedJournal:
        pass


def read_operator(data: bytes) -> None:
    """A request line of the control socket."""
    with contextlib.suppress(msgspec.MsgspecError, RecursionError):
        msgspec.json.decode(data, type=Ask)


@cache
def _stage() -> Any:
    """Return an event loop with a venue in it, made once."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    venue_file = demo_venue_file()
    catalogue = Catalogue(venue_file.assets, venue_file.instruments, venue_file.listings, venue_file.networks)

    async def opened() -> Any:
        venue = open_venue(open_memory(), ManualClock(), catalogue, otc=venue_file.otc)
        for command in setup_commands(venue_file):
            await venue.sequencer.submit(command)
        return venue

    venue = loop.run_until_complete(opened())
    routes = [route for dialect in make_dialects(venue_file) for route in dialect.sockets]
    return loop, venue, routes


def read_sockets(data: bytes) -> None:
    """Messages to every socket: a byte chooses which, lines are messages. Answers are JSON, and nothing is left behind."""
    if not data:
        return
    loop, venue, routes = _stage()
    route = routes[data[0] % len(routes)]

    async def converse() -> None:
        connection = FakeConnection("/" if route.path == "*" else route.path)
        session = route.open(venue, connection)
        for line in data[1:].split(b"\n")[:32]:
            if is_too_deep(line) or connection.ended is not None:
                continue
            session.received(line.decode("utf-8", "replace") if data[0] < 250 else line)
        for _ in range(3):
            await asyncio.sleep(0)
        venue.clock.advance(100_000_000)
        await asyncio.sleep(0)
        connection.close()
        session.closed()
        for task in connection.tasks:
            task.cancel()
        for outcome in await asyncio.gather(*connection.tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
        assert not connection.channels
        connection.take()  # decodes everything

    loop.run_until_complete(converse())


def _parameter_seeds() -> list[bytes]:
    seeds = []
    for at, (_, endpoint) in enumerate(_rows()):
        given = json.dumps(dict(endpoint.example)).encode()
        query = "&".join(f"{name}={value}" for name, value in endpoint.example.items()).encode()
        seeds.append(at.to_bytes(2) + (b"\xff" + given if endpoint.reads == "body" else b"\x00" + query))
    return seeds


_ORDER: Final = b"{ 'quantity' : '0.1', newOrderClientId: 'x', stopPrice : 0, /* c */ \"a\":[1,2.50,],}"
_SOCKET_SEEDS: Final = (
    b'{"op":"subscribe","args":["tradeHistoryApi:BTC-USD","notificationApiV3","fills"]}\nping',
    b'{"op":"authKeyExpires","args":["key",1735689600000,"00"]}\n{"op":"unsubscribe","args":["fills"]}',
    b'{"op":"subscribe","args":["update:BTC-USD_0","snapshotL1:BTC-USD_0"]}\n{"op":"unsubscribe","args":["update:BTC-USD_0"]}',
    b'{"op":"quote","symbol":"BTC-USD","side":"buy","quantity":{"quantity":1,"currency":"BTC"}}\n'
    b'{"op":"unsubscribe-quote","symbol":"BTC-USD"}\n{"op":"unsubscribe-quote-all"}',
    b'[151,{"type":151,"channel":"orderbook","event":"BTCTRY","join":true}]\n[101,{"type":101,"code":401}]',
    b"[114,{'type':114,publicKey:'k',timestamp:1735689600000,nonce:3000,signature:'s'}]\n[113,{\"type\":113}]",
    b'[111,{"type":111,"token":"","id":0}]\n[151,{"type":151,"channel":"ticker","event":"all","join":true}]',
)
_SMALL_FILE: Final = b"""assets = [{ code = "USD", name = "d", fiat = true }, { code = "BTC", name = "b" }]
instruments = [{ base = "BTC", quote = "USD", group = "g", tick_size = 0.5, lot_size = 0.00001, max_quantity = 100 }]
[venue]
name = "test"
[networks.Bitcoin]
format = "bitcoin"
block_seconds = 10
assets.BTC = { deposit_min = 0.001, withdraw_fee = 0.0005, day_max = 100 }
[groups.g]
fee_rule = "in_received"
buy_band = 0.3
fees = [{ maker = 0.0005, taker = 0.0006 }]
"""

TARGETS: Final = {
    "lenient": Target(read_lenient, (_ORDER, b'[151,{"type":151}]', b"{a:undefined,b:'\\'\"\\n',}", b"[1,,2]", b"'x'")),
    "parameters": Target(read_parameters, _parameter_seeds()),
    "money": Target(read_money, (b"\x08123.45", b"\x00-1e5", b"\x122e-05", b"\x0800000000000000000001.10", b"\x05.5")),
    "venue_file": Target(read_venue_file, (_SMALL_FILE, b"assets = []", b"[venue]\nname = 1")),
    "journal": Target(
        read_journal,
        (
            _RECORD.pack(1, 1, 1_700_000_000_000_000_000, 7, format2.COMMAND_BYTES, 5) + bytes(format2.COMMAND_BYTES),
            _RECORD.pack(1, 1, 0, 0, format2.COMMAND_BYTES, 9) + bytes(format2.COMMAND_BYTES) + b'{"0":"id"}',
            _RECORD.pack(1, 1, 5, 0, 5, 1) + bytes([24, 3, 16, 65, 0]),  # packed: a CANCEL_ALL, and a byte too many
            _RECORD.pack(2, 1, 0, 0, 0, 0),
            snapshots.encode(StateSnapshot(1, 2, bytes(64), {1: "x"})),
        ),
    ),
    "sockets": Target(read_sockets, tuple(bytes([at]) + seed for seed in _SOCKET_SEEDS for at in range(5))),
    "operator": Target(read_operator, (b'{"operation":"accounts"}', b'{"operation":"deposit","arguments":{"a":1}}')),
}  # fmt: skip
