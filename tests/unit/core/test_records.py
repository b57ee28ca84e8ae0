"""Records are described once: a field that is added to a table is in all that is made from it."""

from __future__ import annotations

import re
import subprocess
from array import array
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
from tests.builders import machine_types

from bedesten.core import record_tables, records, records_pxd
from bedesten.core.record_tables import INT, RECORDS, Conditions, Kept, Link, kept, newest, record
from bedesten.domain import commands as c
from bedesten.domain.fields import LOTS, fields_of


@record
class Order(record_tables.Order):
    """An order with one more field than there is: the line that adding one takes."""

    SIZE: ClassVar[int] = 256
    least_fill: Annotated[int, Kept(LOTS, "the least that may trade at once", INT, since=5)]


WIDER: tuple[type, ...] = (Order, *RECORDS[1:])  # the tables with the wider order in the place of the present one


def test_an_added_field_is_in_everything_that_is_made_from_the_table() -> None:
    """Slots, struct, declaration, snapshots from its format on and no older one."""
    text = records_pxd.text(WIDER)

    assert "least_fill" in Order.__slots__ and newest(WIDER) == newest() + 1
    assert "int least_fill;  /* lots: the least that may trade at once */" in text
    assert "        int least_fill\n" in text
    assert "if (version >= 5) *row++ = x->least_fill;" in text
    assert "if (version >= 5) x->least_fill = *row++;" in text
    assert "return 21 + (version >= 5);" in text
    assert kept(Order, 4) == kept(record_tables.Order, 4) and kept(Order, 5) == (*kept(Order, 4), "least_fill")


def test_an_added_field_is_stored_and_read_back() -> None:
    """And what was written before it was there has 0 in its place, as every blank order."""
    order, again, older = (records.blank(Order()) for _ in range(3))
    order.least_fill, order.price = 7, 11
    for version, target in ((5, again), (4, older)):
        row = memoryview(array("q", bytes(8 * len(kept(Order, version)))))
        records.store(row, order, version)
        records.load(row, target, version)

    assert (again.least_fill, again.price) == (7, 11)
    assert (older.least_fill, older.price) == (0, 11)


def test_the_c_of_the_tables_compiles_and_has_the_sizes_they_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wider or as it is; a size that is wrong is an error of the compiler."""
    for tables, size in ((RECORDS, 192), (WIDER, 256), (WIDER, 192)):
        if tables is WIDER:
            monkeypatch.setattr(Order, "SIZE", size)
        [code] = re.findall(r'"""\n(.*?)\n    """', records_pxd.text(tables), re.S)
        request = ", ".join(["op", "seq", "time_ns", *c.PlaceOco.__struct_fields__])
        source = f"#include <string.h>\ntypedef struct {{ long long {request}; }} BedestenPlaceOcoRow;\n{code}\n"
        path = tmp_path / "records.c"
        path.write_text(source)
        done = subprocess.run(["cc", "-fsyntax-only", str(path)], capture_output=True, text=True, check=False)
        if tables is WIDER and size == 192:
            assert "Order has 192 bytes" in done.stderr
        else:
            assert done.returncode == 0, done.stderr


def test_every_field_says_what_it_is() -> None:
    """A unit, a meaning, and of what snapshots keep the format since which; nothing is kept of what is rebuilt."""
    for table in RECORDS:
        assert all(field.unit_name and field.meaning for field in fields_of(table).values())
    kinds = {type(field) for table in RECORDS for field in fields_of(table).values()}
    assert kinds == {Kept, record_tables.Rebuilt, Link}


def test_a_plain_order_has_no_conditions_and_nobody_gives_all_of_them_some() -> None:
    """What all plain orders share reads as 0 and refuses to be written."""
    order = records.blank(record_tables.Order())

    assert order.conditions is records.NO_CONDITIONS and records.is_blank(order.conditions)
    assert [getattr(records.NO_CONDITIONS, name) for name in kept(Conditions, newest())] == [0] * 13
    with pytest.raises(AttributeError, match="budget"):
        records.NO_CONDITIONS.budget = 1


@pytest.mark.parametrize("kind", machine_types().values(), ids=machine_types())
def test_a_snapshot_of_plain_orders_has_nothing_of_conditions(kind: Any) -> None:
    """An order that was amended remembers its first price; amended back it is a plain one again."""
    machine = kind()
    listed = c.ListInstrument(instrument=1, base=1, quote=2, lot_value=1, value_numerator=1, value_denominator=1)
    opening: list[c.Command] = [c.ListAsset(asset=1), c.ListAsset(asset=2), listed]
    opening += [c.SetInstrument(instrument=1, parameter=1, value=1), c.OpenAccount(account=16)]
    opening += [c.Transfer(account=0, to_account=16, asset=2, amount=5_000, reason=1)]
    place = c.PlaceOrder(account=16, instrument=1, side=1, order_type=1, time_in_force=1, price=10, quantity=5)
    sizes = []
    for command in (*opening, place, *(c.AmendOrder(account=16, order_id=1, price=price) for price in (11, 10))):
        machine.apply(memoryview(row(command, machine.seq + 1)))
        sizes.append(len(machine.snapshot()) // 8)

    plain, amended, back = sizes[-3:]
    assert plain == back == amended - 14  # thirteen fields, and the sibling's id


def row(command: c.Command, seq: int) -> array[int]:
    """Return a command as the core takes it."""
    columns = [int(command.op), seq, 0, *command.fields()]
    return array("q", columns + [0] * (c.COMMAND_WIDTH - len(columns)))
