"""Descriptions of fields are found where they stand, and missed where they do not."""

from __future__ import annotations

from typing import Annotated, ClassVar, NamedTuple

import msgspec
import pytest

from bedesten.domain.enums import Side
from bedesten.domain.fields import LOTS, TICKS, Field, fields_of


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    op: ClassVar[int] = 1
    price: Annotated[int, Field(TICKS, "the limit")]
    side: Annotated[int, Field(Side, "which side")] = 1


class Told(NamedTuple):
    quantity: Annotated[int, Field(LOTS, "what is left")]


class Undescribed(NamedTuple):
    quantity: int


def test_fields_are_described_where_they_stand() -> None:
    """In their order, with defaults or without; what is of the class itself is no field."""
    assert fields_of(Asked) == {"price": Field(TICKS, "the limit"), "side": Field(Side, "which side")}
    assert [field.unit_name for field in fields_of(Asked).values()] == ["ticks", "Side"]
    assert Asked(price=3).side == 1
    assert list(fields_of(Told)) == list(Told._fields)


def test_a_field_without_a_description_is_an_error() -> None:
    """Its record and name are told."""
    with pytest.raises(TypeError, match=r"Undescribed\.quantity"):
        fields_of(Undescribed)
