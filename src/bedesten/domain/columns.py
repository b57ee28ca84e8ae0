"""The columns of the rows that commands, events and orders are written in: 64-bit integers, one a field, in the fields' order.

Never imports NumPy, which reads what `numpy_fields_of` returns.
"""

from __future__ import annotations

from functools import cache
from typing import Final, NamedTuple

from bedesten.domain.fields import Field, fields_of

CELL_BYTES: Final = 8  # a column is one 64-bit integer
HEADER: Final = 3  # columns that every command and every event begins with
KIND: Final = 0  # of a command: op
SEQ: Final = 1
TIME_NS: Final = 2
UNUSED: Final = "unused_"  # with its place: a column that this kind of record does not use; always 0


class Column(NamedTuple):
    """One column of a record's row."""

    name: str
    at: int
    field: Field


@cache
def columns_of(record: type) -> tuple[Column, ...]:
    """Return the columns of a record, in order: of a command those behind the header, of an event and an order all of them."""
    first = HEADER if hasattr(record, "__struct_fields__") else 0
    return tuple(Column(name, at, field) for at, (name, field) in enumerate(fields_of(record).items(), first))


def at(record: type, name: str) -> int:
    """Return the place of a column in the record's rows. Raises: KeyError when there is none of that name."""
    for column in columns_of(record):
        if column.name == name:
            return column.at
    raise KeyError(f"{record.__name__} has no column {name!r}")


class NumpyFields(NamedTuple):
    """The columns of a row as `numpy.dtype(fields._asdict())` reads them: each named, unused ones too, so that no copy of a row
    leaves anything but zeros there."""

    names: list[str]
    formats: list[str]
    offsets: list[int]
    itemsize: int


def numpy_fields_of(record: type, width: int, header: tuple[str, ...] = ()) -> NumpyFields:
    """Return the fields of a row of *width* columns. *header*: the names before the record's own, as of a command."""
    names = [*header, *(column.name for column in columns_of(record))]
    names += [f"{UNUSED}{place}" for place in range(len(names), width)]
    offsets = [CELL_BYTES * place for place in range(width)]
    return NumpyFields(names, ["<i8"] * width, offsets, CELL_BYTES * width)
