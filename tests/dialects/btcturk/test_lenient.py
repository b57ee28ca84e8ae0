"""JSON as the venue's clients write it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedesten.dialects.btcturk.lenient import decode, strict

SUBSCRIBE = {"type": 151, "channel": "trade", "event": "ETHTRY", "join": True}
READ: list[tuple[str, Any]] = [
    ("[151,{type: 151, channel: 'trade', event: 'ETHTRY', join: true}]", [151, SUBSCRIBE]),
    ("{ 'quantity' : '0.1', newId: 'x', 'stopPrice' : 0 }", {"quantity": "0.1", "newId": "x", "stopPrice": 0}),
    ("{a: True, b: FALSE, c: null, d: undefined,}", {"a": True, "b": False, "c": None, "d": None}),
    ("[1, 2, /* three */ 3, // and so on\n]", [1, 2, 3]),
    (r"{'it\'s': 'a \"b\" \u0041\n'}", {"it's": 'a "b" A\n'}),
    ("{event: BTCTRY_1D}", {"event": "BTCTRY_1D"}),
    ("{'Türk': 'Lirası'}", {"Türk": "Lirası"}),
    ('\ufeff{"a": 1}', {"a": 1}),
]
REFUSED = [
    "", "{", "[1 2]", "[1,,2]", "{a:'", "'", "{a}", "[1.2.3]", "\x00", "[" * 50_000, "{a:" * 50_000, b"\xff",
    "{a:'\ud800'}", "\ufeff", "\ufeff\ufeff1", "[\ufeff]",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@pytest.mark.parametrize(("text", "value"), READ, ids=range(len(READ)))
def test_what_clients_write_is_read(text: str, value: Any) -> None:
    """The published samples, and what else a lenient parser takes."""
    assert decode(text) == value
    assert decode(text.encode()) == value


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_means_nothing_is_refused(text: str | bytes) -> None:
    """One kind of error, whatever was sent."""
    with pytest.raises(ValueError):  # its words are nobody's contract
        decode(text)


@given(VALUES)
def test_json_is_read_as_json(value: Any) -> None:
    """Leniency never changes what is strict already."""
    text = json.dumps(value)

    assert decode(text) == value
    assert decode(strict(text)) == value


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but ValueError comes out."""
    with suppress(ValueError):
        decode(text)
