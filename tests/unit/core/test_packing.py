"""Commands in few bytes: what was packed comes back, whatever it was, and other bytes are told."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import an_order, row

from bedesten.core import COMPILED, InvariantError, packing
from bedesten.domain.columns import SEQ, TIME_NS
from bedesten.domain.commands import COMMAND_WIDTH, CancelOrder

MODULES: dict[str, Any] = {"plain": packing}
if COMPILED:
    from bedesten.core import _compiled

    MODULES["compiled"] = _compiled

EDGES = [0, 1, 63, 64, 127, 128, 8191, 8192, (1 << 62) - 1, 1 << 62, (1 << 63) - 1]
numbers = st.one_of(
    st.sampled_from([*EDGES, *(-edge - 1 for edge in EDGES)]),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.integers(-9, 300),
)
drawn_rows = st.lists(st.lists(numbers, min_size=COMMAND_WIDTH, max_size=COMMAND_WIDTH), min_size=1, max_size=4)


def as_drawn(rows: list[list[int]]) -> array[int]:
    """Return rows as integers, whatever their seq and time are."""
    return array("q", [column for columns in rows for column in columns])


def stamped(rows: list[list[int]], first_seq: int = 7, time_ns: int = 1_700_000_000_000_000_000) -> array[int]:
    """Return rows as integers, each with the seq and time that follow."""
    data = array("q")
    for at, columns in enumerate(rows):
        columns = list(columns)
        columns[SEQ], columns[TIME_NS] = first_seq + at, time_ns
        data.extend(columns)
    return data


@given(rows=drawn_rows, form=st.sampled_from([stamped, as_drawn]))
def test_every_row_comes_back(rows: list[list[int]], form: Callable[[list[list[int]]], array[int]]) -> None:
    """Any numbers in any columns, of any seq and time; the plain and the compiled code write the same bytes."""
    data = form(rows)
    packed = {module.pack_rows(memoryview(data), 7, data[TIME_NS]) for module in MODULES.values()}

    assert len(packed) == 1
    for module in MODULES.values():
        assert module.unpack_rows(next(iter(packed)), len(rows), 7, data[TIME_NS]) == data.tobytes()


@given(data=st.binary(max_size=60), count=st.integers(-1, 5))
def test_other_bytes_are_rows_that_pack_again_or_refused(data: bytes, count: int) -> None:
    """Whatever is read: it is whole rows, or ValueError; both codes agree."""
    answers = set()
    for module in MODULES.values():
        try:
            rows = module.unpack_rows(data, count, 1, 5)
        except ValueError:
            answers.add(b"")
        else:
            assert len(rows) == count * COMMAND_WIDTH * 8
            answers.add(rows)
            module.pack_rows(memoryview(rows).cast("q"), 1, 5)
    assert len(answers) == 1


@pytest.mark.parametrize("name", MODULES)
def test_what_is_cut_or_goes_on_is_refused(name: str) -> None:
    """At every byte, and with one more."""
    module = MODULES[name]
    data = stamped([row(an_order(client_ref=(1 << 63) - 1), 0, 0), row(CancelOrder(account=16, order_id=9), 0, 0)])
    packed = module.pack_rows(memoryview(data), data[SEQ], data[TIME_NS])
    for damaged in (*(packed[:end] for end in range(len(packed))), packed + b"\0"):
        with pytest.raises(ValueError, match="are not 2 commands"):
            module.unpack_rows(damaged, 2, data[SEQ], data[TIME_NS])
    with pytest.raises(ValueError, match="are not 3 commands"):
        module.unpack_rows(packed, 3, data[SEQ], data[TIME_NS])


@pytest.mark.parametrize("name", MODULES)
def test_rows_are_packed_whole(name: str) -> None:
    """A part of a row is no command."""
    with pytest.raises(InvariantError, match="not whole commands"):
        MODULES[name].pack_rows(memoryview(stamped([row(an_order(), 0, 0)]))[:-1], 7, 1)


def test_an_order_takes_few_bytes() -> None:
    """A plain limit order of a customer, its client reference included; a cancel by id."""
    dice = random.Random(1)
    order = an_order(account=123_456, price=6_500_050, quantity=100_000, client_ref=dice.getrandbits(63) | 1 << 62)
    packed = [
        packing.pack_rows(memoryview(stamped([row(command, 0, 0)])), 7, 1_700_000_000_000_000_000)
        for command in (order, CancelOrder(account=123_456, order_id=1 << 40))
    ]

    assert len(packed[0]) <= 30
    assert len(packed[1]) <= 14
