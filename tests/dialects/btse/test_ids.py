"""Order ids on the wire: UUIDs that hold the number, are recognized, and stay the same for ever."""

from __future__ import annotations

import uuid

from hypothesis import given
from hypothesis import strategies as st

from bedesten.dialects.btse.ids import NUMBER_MAX, ORDERS, TRADES

NUMBERS = st.integers(min_value=0, max_value=NUMBER_MAX)


@given(NUMBERS)
def test_a_number_survives_its_uuid(number: int) -> None:
    """text and number undo one another, in either case of letters."""
    text = ORDERS.text(number)

    assert ORDERS.number(text) == ORDERS.number(text.upper()) == number


@given(st.integers(min_value=NUMBER_MAX + 1, max_value=2**64 - 1))
def test_a_number_beyond_any_orders_has_a_uuid_that_nobody_knows(number: int) -> None:
    """Anybody can make one up, as the keys are published; it must not get as far as the core, whose numbers end before it."""
    assert ORDERS.number(ORDERS.text(number)) is None


@given(NUMBERS)
def test_the_text_is_a_random_uuid_to_everyone_else(number: int) -> None:
    """Any library takes it for a version 4 UUID."""
    parsed = uuid.UUID(ORDERS.text(number))

    assert parsed.version == 4
    assert parsed.variant == uuid.RFC_4122


@given(NUMBERS, st.integers(0, 35))
def test_a_changed_digit_names_no_order(number: int, at: int) -> None:
    """A UUID that we did not make is refused."""
    text = ORDERS.text(number)
    other = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]

    assert ORDERS.number(other) in (None, number)
    assert ORDERS.number(other) is None


@given(NUMBERS)
def test_an_order_id_is_not_a_trade_id(number: int) -> None:
    """The two spaces do not understand one another."""
    assert TRADES.number(ORDERS.text(number)) is None


def test_what_is_no_uuid_names_no_order() -> None:
    """Anything may be sent as an id."""
    for text in ("", "1", "not-a-uuid", "990db9b6-2ed4-4c68-b46e-827c88cc3884", "é" * 36):
        assert ORDERS.number(text) is None


def test_ids_never_change() -> None:
    """Clients keep our ids over restarts and upgrades: these two are from the first release."""
    assert ORDERS.text(1) == "f6b87ae5-20e6-41e4-8cf8-df78e2120ba2"
    assert TRADES.text(1) == "82ee17b6-2950-454d-8a5b-7f8c2a271622"
