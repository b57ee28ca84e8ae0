"""Writes docs/records.md from the structs that describe the records: `python -m tests.promises.records_page`."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from bedesten.core import record_tables
from bedesten.domain import commands, enums, events, orders
from bedesten.domain.columns import Column, columns_of
from bedesten.domain.enums import EventKind, RejectReason
from bedesten.domain.fields import fields_of
from bedesten.domain.refusals import FACTS

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "records.md"
HEAD: Final = """# Commands, events, orders, and what the core keeps, field by field

Written by `python -m tests.promises.records_page` from `domain/commands.py`, `domain/events.py`, `domain/orders.py`,
`domain/refusals.py` and `core/record_tables.py`. How the journal keeps commands is said in [journal.md](journal.md).

Every column is a 64-bit integer. A row of a command has {command} columns, an event {event}, an order {order}; those
that a kind does not use are 0. Columns are only ever added behind the others, and no number is used for a second meaning.

*Minor units* are the smallest amount of an asset; ticks and lots are an instrument's steps of price and quantity; what a *code*
means depends on other columns. A word is one of the numbers listed at the [end](#words).
"""
COMMANDS: Final = """
## Commands

Columns 0 to 2 of each are `op` (what is asked), `seq` (its place in the journal, from 1 on without a gap) and `time_ns` (the time
of its batch). The core refuses a row that has anything but 0 in a column that its op does not use.
"""
MEMORY: Final = """
## What the core keeps in memory

The build makes C structs of these. A snapshot of the state keeps the fields that name a format, from that format on; the others
are made anew when a snapshot is read. Formats 1 to 3 held the same of every order, field by field; the present one holds
conditions only of the orders that have any.
"""


def page() -> str:
    """Return the page as it should be."""
    widths = dict(command=commands.COMMAND_WIDTH, event=events.EVENT_WIDTH, order=orders.ORDER_WIDTH)
    parts = [HEAD.format(**widths), COMMANDS]
    parts += [section(f"{op.name} ({int(op)})", kind, columns_of(kind)) for op, kind in commands.COMMANDS.items()]
    parts.append(
        "\n## Events\n\nColumns 0 to 2 of each are `kind`, `seq` and `time_ns` of the command that caused it.\n"
    )
    for number, kind in events.type_of.items():
        parts.append(section(f"{EventKind(number).name} ({int(number)})", kind, columns_of(kind)[3:]))
    parts += [
        "\n## Why commands are refused\n",
        *facts(),
        "\n## An order\n\n",
        table(columns_of(orders.Order)),
        *memory(),
        *words(),
    ]
    return "".join(parts)


def section(title: str, kind: type, columns: Iterable[Column]) -> str:
    """Return what there is to say of one kind of record."""
    return (
        f"\n### {title}\n\n{inspect.cleandoc(kind.__doc__ or '')}\n"
        + "\n" * any(True for _ in columns)
        + table(columns)
    )


def table(columns: Iterable[Column]) -> str:
    """Return columns as a table; nothing when there are none."""
    rows = [
        f"| {column.at} | `{column.name}` | {column.field.unit_name} | {column.field.meaning} |\n" for column in columns
    ]
    return "".join(["| column | name | unit or word | meaning |\n| --- | --- | --- | --- |\n", *rows]) if rows else ""


def memory() -> Iterator[str]:
    """Yield what there is to say of the records in the core's memory."""
    yield MEMORY
    for record in record_tables.RECORDS:
        yield f"\n### {record.__name__}\n\n{inspect.cleandoc(record.__doc__ or '')} Bytes: {getattr(record, 'SIZE')}.\n\n"  # noqa: B009
        yield "| field | unit or word | meaning | kept since format |\n| --- | --- | --- | --- |\n"
        for name, field in fields_of(record).items():
            since = field.since if isinstance(field, record_tables.Kept) else "–"
            yield f"| `{name}` | {field.unit_name} | {field.meaning} | {since} |\n"


def facts() -> Iterator[str]:
    """Yield, reason by reason, what the facts of a REJECTED event mean."""
    yield "\nWhat the facts of a REJECTED event mean; the others are 0.\n\n"
    yield "| reason | fact | unit | meaning |\n| --- | --- | --- | --- |\n"
    for reason in RejectReason:
        for name, field in FACTS[reason].items():
            yield f"| {reason.name} ({int(reason)}) | `{name}` | {field.unit_name} | {field.meaning} |\n"


def words() -> Iterator[str]:
    """Yield every word that stands in a record, with its number."""
    yield "\n## Words\n\nZero is never a word: it means absent.\n\n| word | numbers |\n| --- | --- |\n"
    for name, kind in inspect.getmembers(enums, inspect.isclass):
        if issubclass(kind, enum.IntEnum) and kind.__module__ == enums.__name__:
            yield f"| {name} | {', '.join(f'{int(word)} {word.name}' for word in kind)} |\n"


if __name__ == "__main__":
    PAGE.write_text(page())
