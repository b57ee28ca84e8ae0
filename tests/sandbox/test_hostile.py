"""Whatever is sent to /sandbox, row by row of its table: the house's shape, in words, and nothing changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import msgspec
import pytest

from bedesten.services.sandbox.acts import BY_NAME
from bedesten.services.sandbox.controls import CONTROLS, Control
from bedesten.testing.venue import TestVenue
from tests.sandbox.test_http import ask

POSTED: Final = [control for control in CONTROLS if control.form is not None]
NESTED: Final = b"[" * 100_000
BODIES: Final = {
    "nothing": b"", "no JSON": b"{", "half a character": b'{"\xff": 1}', "null": b"null", "a number": b"17", "a text": b'"by"',
    "a list": b"[]", "deep": NESTED, "deep objects": b'{"a":' * 50_000, "an unknown name": b'{"nonsense": 1}',
    "a name twice too much": b'{"by": "1s", "account": "trader1", "nonsense": {}}',
}  # fmt: skip
#: What stands in the place of a field's own value.
VALUES: Final = {
    "null": "null", "a flag": "true", "below zero": "-1", "huge": str(1 << 200), "a fraction": "0.1", "endless": "1e999",
    "a list": "[]", "an object": '{"a": 1}', "deep": "[" * 3_000 + "]" * 3_000, "a long text": '"' + "x" * 200_000 + '"',
    "a zero byte": r'"a\u0000b"', "half a character": r'"\ud800"', "lines": r'"a\nb"', "unlikely": '"’; DROP TABLE"',
    "not a number": '"NaN"', "a big power": '"1e999999999"', "digits": '"' + "9" * 30_000 + '"',
    "as a duration": '"' + "9" * 18 + 'd"', "a path": '"../../etc/passwd"',
}  # fmt: skip
#: Where a value is what may be said there: a text that names nothing yet, or a part that may be left out.
FITS: Final = {
    ("arm", "client_id"), ("faults", "where"), ("faults", "for"), ("pairs/life", "makers"), ("pairs/life", "noise"),
    ("pairs/life", "spread_times"), ("reset", "seed"), ("states/save", "name"), ("accounts", "name"),
    ("orders/arm", "client_id"), ("prices/replay", "is_from_now"), ("orders/fill", "through"), ("faults", "body"),
    ("faults", "skip"), ("faults", "times"), ("faults", "seed"), ("faults", "must_match"), ("clock/advance", "delivered"),
    ("orders", "client_id"), ("fills", "client_id"),  # they narrow what is told
}  # fmt: skip


def examples(control: Control) -> dict[str, str]:
    """Return a body's fields, as JSON: those of the row's example, and every other field of its form."""
    assert control.form is not None
    told = {name: json.dumps(value) for name, value in control.example.items()}
    return {**{field.encode_name: "" for field in msgspec.structs.fields(control.form)}, **told}


def bodies(control: Control) -> Iterator[tuple[str, str, bytes]]:
    """Yield bodies that are wrong in one place: the field, what is wrong, and the bytes."""
    for what, body in BODIES.items():
        yield "", what, body
    fields = examples(control)
    for name in fields:
        for what, value in VALUES.items():
            told = {key: own for key, own in {**fields, name: value}.items() if own}
            yield name, what, b"{" + ", ".join(f'"{key}": {own}' for key, own in told.items()).encode() + b"}"


def sent(url: str, path: str, body: bytes) -> tuple[int, Any]:
    head = {"content-type": "application/json"}
    try:
        answer = urlopen(Request(f"{url}/sandbox/{path}", data=body, headers=head, method="POST"))
    except HTTPError as error:
        answer = error
    with answer:
        return answer.status, json.loads(answer.read())


def stands(url: str, path: str) -> tuple[Any, Any]:
    """How the sandbox stands; but for what an operation notes in the audit log, that it was refused as well."""
    status, state = ask(url, "/sandbox")
    assert status == 200
    if path == "operate":
        state = {name: value for name, value in state.items() if name not in ("seq", "digest")}
    return state, ask(url, "/sandbox/states")


@pytest.mark.parametrize("control", POSTED, ids=lambda control: control.path)
def test_a_body_that_is_wrong_in_one_place_is_refused_in_words(venue: TestVenue, control: Control) -> None:
    """Every field of every row, and every form of body; the sandbox stands as before, and goes on."""
    before = stands(venue.url, control.path)
    taken = []
    for name, what, body in bodies(control):
        status, told = sent(venue.url, control.path, body)
        if status == 200:
            taken.append((name, what))
            continue
        assert status in (400, 404, 409, 413), (name, what, status, told)
        assert told.keys() == {"error", "message"} and 0 < len(told["message"]) < 1_000, (name, what, told)
    if not taken:
        assert stands(venue.url, control.path) == before
    surprising = [(name, what) for name, what in taken if (control.path, name) not in FITS and name]
    assert surprising == []
    venue.reset()  # what it took is armed and in force, and never comes


@pytest.mark.parametrize(
    ("name", "field"), [("fault", "where"), ("fault", "do"), ("operate", "form"), ("account", "balances")]
)
def test_what_stands_in_a_field_is_looked_at_as_well(venue: TestVenue, name: str, field: str) -> None:
    """Tables within a body."""
    act, before = BY_NAME[name], stands(venue.url, BY_NAME[name].path)
    for value in VALUES.values():
        for inner in ("refuse", "delay", "account", "dialect", "path", "network", "USD"):
            told = {**{key: json.dumps(own) for key, own in act.example.items()}, field: f'{{"{inner}": {value}}}'}
            body = b"{" + ", ".join(f'"{key}": {own}' for key, own in told.items()).encode() + b"}"
            status, answer = sent(venue.url, act.path, body)
            if status != 200:
                assert status in (400, 404, 409, 413) and answer.keys() == {"error", "message"}, (
                    body[:200],
                    status,
                    answer,
                )
            elif name == "fault":
                assert ask(venue.url, "/sandbox/faults/remove", {"number": answer["number"]})[0] == 200
    assert stands(venue.url, act.path) == before
