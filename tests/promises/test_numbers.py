"""The numbers and columns that stand in journals already written: numbers.txt is what they were promised to be."""

from __future__ import annotations

import enum
import inspect
from pathlib import Path
from typing import Final

from bedesten.domain import columns, commands, enums, events, notes, orders

PROMISED: Final = Path(__file__).with_name("numbers.txt")


def present() -> list[str]:
    """Return every journaled number and the columns of every row, as the code has them now."""
    words = [
        f"{name}.{member.name} = {member.value}"
        for name, kind in inspect.getmembers(enums, inspect.isclass)
        if issubclass(kind, enum.IntEnum) and kind.__module__ == enums.__name__
        for member in kind
    ]
    widths = [
        f"command width = {commands.COMMAND_WIDTH}",
        f"event width = {events.EVENT_WIDTH}",
        f"order width = {orders.ORDER_WIDTH}",
    ]
    rows = [f"{kind.__name__}: {' '.join(kind.__struct_fields__)}" for kind in commands.COMMANDS.values()]
    rows += [f"{kind.__name__}: {' '.join(kind._fields)}" for kind in events.type_of.values()]
    rows += [f"Order: {' '.join(orders.Order._fields)}"]
    rows += [
        f"note {tag} {kind.__name__}: {' '.join(kind.__struct_fields__)}" for tag, kind in sorted(notes.NOTES.items())
    ]
    return words + widths + rows


def test_no_journaled_number_ever_changes() -> None:
    """A journal is read for as long as the venue lives: words keep their numbers, rows keep their columns in order."""
    assert "\n".join(present()) == PROMISED.read_text().strip()


def test_every_command_row_fits_its_width() -> None:
    """A new field at the end of a command still fits the row, header included."""
    widest = max(len(kind.__struct_fields__) for kind in commands.COMMANDS.values())

    assert columns.HEADER + widest <= commands.COMMAND_WIDTH


def test_every_event_row_fits_its_width() -> None:
    """A new field at the end of an event still fits the row."""
    assert max(len(kind._fields) for kind in events.type_of.values()) <= events.EVENT_WIDTH


def test_every_note_has_a_number_of_its_own() -> None:
    """Two notes of one number could not be told apart in a journal."""
    kinds = [kind for kind in vars(notes).values() if isinstance(kind, type) and issubclass(kind, notes.Note)]

    assert sorted(notes.NOTES) == sorted(kind.__struct_config__.tag for kind in kinds if kind is not notes.Note)


def test_every_command_and_every_event_has_a_shape() -> None:
    """A new number cannot ship without a struct to read it by."""
    assert set(commands.COMMANDS) == set(enums.Op)
    assert set(events.type_of) == set(enums.EventKind)
