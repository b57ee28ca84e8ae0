"""Texts that may not be kept, in every field of every form of every dialect: refused in the venue's shape, and nothing changes.

The fields come from the contract tables: one that is added is tested by itself.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

import msgspec
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from bedesten.dialects.contract import Endpoint, Request
from bedesten.dialects.refusals import UnfitText
from bedesten.dialects.texts import KEEPING, check_texts
from bedesten.domain.commands import PlaceOrder
from bedesten.domain.enums import OrderType, RejectReason, Side, TimeInForce
from bedesten.services.errors import OperationRefused
from bedesten.services.operator.operations import Operations
from bedesten.services.orders import trading
from bedesten.services.venue import open_venue
from tests.security.stand import LISTED_ADDRESS, Sent, Stand, asked, standing

on_the_module_s_loop = pytest.mark.asyncio(loop_scope="module")

UNFIT: Final = ("\x00", "\n", "\x1f", "\x7f", "\x85")
SECONDS: Final = 1_000_000_000


class Field(msgspec.Struct, frozen=True):
    """A text field of a form; steps: where in the form it stands."""

    dialect: str
    at: int  # of the endpoint in its dialect's table
    row: str
    steps: tuple[str, ...]


def texts_in(kind: Any, steps: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield where texts stand in a type; a list's first item stands for all of them."""
    match kind:
        case inspect.StructType():
            for field in kind.fields:
                yield from texts_in(field.type, (*steps, field.encode_name))
        case inspect.StrType():
            yield steps
        case inspect.UnionType():
            yield from (found for each in kind.types for found in texts_in(each, steps))
        case inspect.ListType() | inspect.VarTupleType():
            yield from texts_in(kind.item_type, (*steps, "[]"))


def filled(kind: Any, steps: tuple[str, ...] | None, value: str) -> Any:
    """Return a JSON value of a type, with what must be there, and *value* at the place; None: it is elsewhere."""
    match kind:
        case inspect.StructType():
            wanted = steps[0] if steps else None
            return {
                field.encode_name: filled(
                    field.type, steps[1:] if steps and field.encode_name == wanted else None, value
                )
                for field in kind.fields
                if field.required or field.encode_name == wanted
            }
        case inspect.UnionType() if steps is not None or not any(
            isinstance(each, inspect.NoneType) for each in kind.types
        ):
            chosen = next((each for each in kind.types if list(texts_in(each))), kind.types[0])
            return filled(chosen, steps, value)
        case inspect.ListType() | inspect.VarTupleType():
            return [filled(kind.item_type, steps[1:] if steps else None, value)]
        case inspect.StrType():
            return "x" if steps is None else value
        case inspect.IntType():
            return 1
        case inspect.LiteralType():
            return kind.values[0]
        case inspect.BoolType():
            return True
    return None


def _fields() -> list[Field]:
    return [
        Field(dialect.name, at, f"{endpoint.method} {endpoint.path}", steps)
        for dialect in make_dialects(demo_venue_file())
        for at, endpoint in enumerate(dialect.endpoints)
        if endpoint.request is not None and endpoint.method in KEEPING and endpoint.reads != "form"
        for steps in dict.fromkeys(texts_in(inspect.type_info(endpoint.request)))
    ]


DIALECTS: Final = {dialect.name: dialect for dialect in make_dialects(demo_venue_file())}
FIELDS: Final = _fields()


def sent_with(endpoint: Endpoint, steps: tuple[str, ...], value: str) -> Sent:
    """Return a request whose field holds *value*, within the row's example where that has the rest."""
    form = filled(inspect.type_info(endpoint.request), steps, value)
    sent = asked(endpoint)
    if f"{{{steps[0]}}}" in endpoint.path or not sent.body:
        return asked(endpoint, {steps[0]: value})
    sent.body = json.dumps({**form, **json.loads(sent.body), steps[0]: form[steps[0]]}).encode()
    return sent


def test_every_dialect_has_fields() -> None:
    """So that a change of the contract's types does not leave this page with nothing to try."""
    found = {name: sum(field.dialect == name for field in FIELDS) for name in DIALECTS}

    assert found["btse"] > 100 and found["btcturk"] > 20 and found["bitgin"] > 60


@given(
    field=st.sampled_from(FIELDS),
    before=st.text("ab-é", max_size=4),
    character=st.characters(categories=["Cc"]),
    after=st.text("ab-é", max_size=4),
    escaped=st.booleans(),
)
def test_no_text_field_takes_a_control_character(
    field: Field, before: str, character: str, after: str, escaped: bool
) -> None:
    """However it is written in JSON, and wherever it stands in the text: the field is named, in the venue's shape, by a 400."""
    dialect = DIALECTS[field.dialect]
    endpoint = dialect.endpoints[field.at]
    text = f"{before}{character}{after}"
    if endpoint.reads == "query" or f"{{{field.steps[0]}}}" in endpoint.path:
        return  # percent-encoded: tried below
    form = filled(inspect.type_info(endpoint.request), field.steps, text)
    raw = (
        msgspec.json.encode(form)
        if escaped or ord(character) < ord(" ")
        else json.dumps(form, ensure_ascii=False).encode()
    )
    request = Request(method=endpoint.method, path=endpoint.path, body=raw)
    decoded = dialect.decode(endpoint, request)

    with pytest.raises(UnfitText) as refused:
        check_texts(request, decoded)

    assert refused.value.parameter in field.steps
    answer = dialect.render_error(request, endpoint, refused.value)
    assert answer.status == 400
    assert isinstance(json.loads(answer.body), dict)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand() -> AsyncIterator[Stand]:
    """A venue for the whole module: nothing here may change it."""
    async with standing() as opened:
        yield opened


@on_the_module_s_loop
@pytest.mark.parametrize("name", sorted(DIALECTS))
async def test_whatever_field_it_stands_in_it_is_refused_and_changes_nothing(stand: Stand, name: str) -> None:
    """Over the whole server, signed where the row asks for it; half a character in JSON as well."""
    who = await stand.customer(f"{name} texts")
    before, wrong = stand.everything(), []
    for field in FIELDS:
        if field.dialect != name:
            continue
        dialect = stand.dialects[name]
        endpoint = dialect.endpoints[field.at]
        for character in (*UNFIT, "\ud800"):
            if character == "\ud800" and endpoint.reads == "query":
                continue  # no bytes to write it with
            stand.clock.advance(60 * SECONDS)  # the limits' windows
            sent = sent_with(endpoint, field.steps, f"a{character}b")
            if endpoint.signed_in:
                assert stand.everything() == before
                sent.headers |= await stand.page(who.account)
                before = stand.everything()  # somebody signed in
            elif endpoint.permission is not None:
                sent.headers |= await stand.proof(dialect, endpoint, sent, who)
            answer = await stand.send(sent, LISTED_ADDRESS if endpoint.permission else stand.stranger())
            if answer.status != 400 or not isinstance(answer.json, dict):
                wrong.append(f"{field.row} {field.steps} {character!r}: {answer.status} {answer.body[:120]!r}")

    assert wrong == []
    assert stand.everything() == before


@on_the_module_s_loop
@pytest.mark.parametrize("field", ["code", "branch", "account"])
async def test_a_form_with_a_file_is_looked_at_too(stand: Stand, field: str) -> None:
    """Its fields, and what its owner calls the file."""
    dialect = stand.dialects["bitgin"]
    endpoint = next(each for each in dialect.endpoints if each.path == "/v1/kyc/apply_level_3")
    who = await stand.customer(f"form {field}")
    texts = dict.fromkeys(("code", "branch", "account"), "1") | {field: "1\x02"}
    head = "--B\r\nContent-Disposition: form-data; name="
    parts = [f'{head}"{name}"\r\n\r\n{text}\r\n' for name, text in texts.items()]
    file = f'{head}"file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nx\r\n--B--\r\n'
    sent = Sent("POST", endpoint.path, "", "".join([*parts, file]).encode())
    sent.headers = {"content-type": "multipart/form-data; boundary=B"}
    sent.headers |= await stand.proof(dialect, endpoint, sent, who)

    answer = await stand.send(sent, LISTED_ADDRESS)

    assert (answer.status, answer.json["msg"]) == (400, f"[invalid {field}]")


#: Where a client names what it makes, and what a venue answers to a name that it cannot keep.
CLIENT_IDS: Final[dict[tuple[str, str, str], tuple[int, dict[str, Any]]]] = {
    ("btse", "POST /spot/api/v3.2/order", "clOrderID"): (400, {"code": -2, "success": False}),
    ("btse", "POST /spot/api/v3.3/order", "clOrderID"): (400, {"code": -2, "success": False}),
    ("btse", "POST /spot/api/v4/trade/orders", "clOrderId"): (400, {"code": -2, "success": False}),
    ("btse", "POST /public-api/otc/v1/quotes", "clOrderId"): (400, {"code": -2, "success": False}),
    ("btcturk", "POST /api/v1/order", "newOrderClientId"): (400, {"code": 1121, "success": False, "data": None}),
    ("btcturk", "POST /api/v2/order", "newOrderClientId"): (400, {"code": 1121, "success": False, "data": None}),
}  # fmt: skip


@on_the_module_s_loop
@pytest.mark.parametrize(("name", "row", "field"), CLIENT_IDS, ids=lambda value: str(value))
async def test_a_client_s_own_id_is_refused_in_the_documented_shape(
    stand: Stand, name: str, row: str, field: str
) -> None:
    """As one that is too long is."""
    dialect = stand.dialects[name]
    endpoint = next(each for each in dialect.endpoints if f"{each.method} {each.path}" == row)
    known = stand.venue.accounts.by_name("ids")
    who = await stand.customer("ids") if known is None else await stand.key(known.id)
    stand.clock.advance(60 * SECONDS)
    status, members = CLIENT_IDS[name, row, field]

    for text in ("a\x00b", "x" * 65):
        answer = await stand.call(dialect, endpoint, who, {field: text})
        assert (answer.status, {each: answer.json.get(each) for each in members}) == (status, members), answer.body


@on_the_module_s_loop
async def test_an_operator_s_words_are_looked_at_too(stand: Stand) -> None:
    """Names, labels, addresses: refused in a sentence that shows what was typed, and no row is written but the log's."""
    ask = Operations(stand.venue).call
    for operation, arguments in (
        ("open_account", {"name": "eve\x00"}),
        ("open_account", {"name": "eve\ud800"}),
        ("create_key", {"account": "fees", "permissions": ["read"], "label": "a\x1b[31m"}),
        ("create_key", {"account": "fees", "permissions": ["read", "\x00"]}),
        ("deposit", {"account": "fees", "asset": "USD", "amount": "1\n"}),
        ("set_venue_value", {"key": "venue.name", "value": '"a\x00"'}),
    ):
        with pytest.raises(OperationRefused, match="control character"):
            await ask(operation, arguments)

    assert stand.venue.accounts.by_name("eve\x00") is None
    assert stand.venue.keys.list(1) == []


async def test_ids_of_older_journals_replay_and_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that was taken in before it was looked at is in the journal for good: it is told, escaped, and asked for by."""
    old = "a\x00\x1b\x85"
    async with standing() as stand:
        who = await stand.customer("old")
        instrument = stand.venue.catalogue.instrument("BTC-USD")
        assert instrument is not None
        command = PlaceOrder(
            account=who.account, instrument=instrument.id, side=Side.BUY, order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.GTC, price=instrument.ticks("10000"), quantity=instrument.lots("0.01"),
        )  # fmt: skip
        refused = await stand.venue.trading.place(command, old)
        with monkeypatch.context() as before:
            before.setattr(trading, "is_fit", lambda text: True)
            placed = await stand.venue.trading.place(command, old)
        dialect = stand.dialects["btse"]
        row = next(each for each in dialect.endpoints if each.path == "/spot/api/v3.3/user/open_orders")
        told = await stand.call(dialect, row, who, {"symbol": "BTC-USD", "clOrderID": old, "orderID": None})
        await stand.venue.sequencer.settled()
        again = open_venue(stand.store, stand.clock, stand.venue.catalogue)
        ((order, name),) = await again.trading.open_orders(who.account)
        await again.sequencer.stop()

    assert (refused.reject, placed.reject) == (RejectReason.MALFORMED, None)
    assert [each["clOrderID"] for each in told.json] == [old]
    assert b"\\u0000" in told.body and b"\x1b" not in told.body
    assert (name, order.price) == (old, command.price)
