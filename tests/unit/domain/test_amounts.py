"""Amounts from text: whole minor units of an asset, above zero, within what an account can hold."""

from __future__ import annotations

import pytest

from bedesten.domain.money import AMOUNT_MAX, to_amount, to_text


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("1", 100),
        ("0.01", 1),
        ("1e-2", 1),
        ("+2.50", 250),
        ("3.10000", 310),
        (to_text(AMOUNT_MAX, scale=2), AMOUNT_MAX),
    ],
)
def test_an_amount_is_read_exactly(text: str, units: int) -> None:
    """Every spelling of a number that JSON has, up to the greatest amount."""
    assert to_amount(text, scale=2) == units


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "0.00",
        "-1",
        "0.001",
        "NaN",
        "1_000",
        "１",
        "1,5",
        " 1",
        "0x1",
        "1e41",
        to_text(AMOUNT_MAX + 1, scale=2),
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """Nothing and less than nothing, finer than the asset, more than an account can hold, and what is no number."""
    with pytest.raises(ValueError, match="decimal|finer|exponent|above zero"):
        to_amount(text, scale=2)
