"""Every record is described once: each column has a unit and a meaning, and what is made from that is up to date."""

from __future__ import annotations

import numpy
import pytest

from bedesten.domain import commands, enums, events, orders
from bedesten.domain.columns import HEADER, NumpyFields, at, columns_of
from bedesten.domain.refusals import FACTS
from tests.promises.records_page import PAGE, page

RECORDS = [*commands.COMMANDS.values(), *events.type_of.values(), orders.Order]


def test_the_page_of_the_records_is_what_the_structs_say() -> None:
    """docs/records.md is written by `python -m tests.promises.records_page`."""
    assert PAGE.read_text() == page()


@pytest.mark.parametrize("kind", RECORDS, ids=lambda kind: kind.__name__)
def test_every_column_has_a_unit_and_a_meaning(kind: type) -> None:
    """Whoever adds a column says what it holds; columns follow one another without a gap."""
    columns = columns_of(kind)
    first = HEADER if kind in commands.COMMANDS.values() else 0

    assert [column.at for column in columns] == list(range(first, first + len(columns)))
    assert all(column.field.unit_name and column.field.meaning for column in columns)
    assert all(at(kind, column.name) == column.at for column in columns)


def test_every_reason_says_which_facts_it_gives() -> None:
    """A reason without facts says so; a fact is a column of the event."""
    assert list(FACTS) == sorted(FACTS) and set(FACTS) == set(enums.RejectReason)
    assert {name for said in FACTS.values() for name in said} == set(events.Rejected._fields[-6:])


def test_a_command_is_the_row_it_was_made_from() -> None:
    """To a row and back, for every command."""
    for op, kind in commands.COMMANDS.items():
        columns = list(range(100, 100 + len(kind.__struct_fields__)))
        row = [int(op), 1, 2, *columns, *[0] * (commands.COMMAND_WIDTH - HEADER - len(columns))]

        command = commands.from_row(kind, row)

        assert list(command.fields()) == columns and command.op == op
        assert commands.USED[op] == HEADER + len(columns)


def fields() -> list[tuple[NumpyFields, int, list[str]]]:
    """Return the fields of every record for NumPy, the width of its rows, and its own names."""
    header = ["op", "seq", "time_ns"]
    found = [
        (commands.numpy_fields(kind), commands.COMMAND_WIDTH, [*header, *kind.__struct_fields__])
        for kind in commands.COMMANDS.values()
    ]
    found += [(events.numpy_fields(kind), events.EVENT_WIDTH, list(kind._fields)) for kind in events.type_of.values()]
    return [*found, (orders.numpy_fields(), orders.ORDER_WIDTH, list(orders.Order._fields))]


def test_numpy_reads_every_record_by_its_names_and_leaves_no_gap() -> None:
    """Every column of the row is a field, unused ones too: an assignment of whole rows then copies zeros there, not rubbish."""
    for one, width, names in fields():
        kind = numpy.dtype(one._asdict())  # type: ignore[call-overload]

        assert kind.itemsize == 8 * width == sum(kind[name].itemsize for name in kind.names)
        assert list(kind.names[: len(names)]) == names
        row = numpy.arange(width, dtype="<i8").view(kind)[0]
        assert [int(row[name]) for name in kind.names] == list(range(width))
