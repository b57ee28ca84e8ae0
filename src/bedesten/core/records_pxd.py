"""The text of records.pxd: records as C structs, and straight-line code for what records.py does field by field, in loops.

Run by the build alone.
"""

from __future__ import annotations

import typing
from collections.abc import Iterable, Sequence
from typing import Final

from bedesten.core import record_tables
from bedesten.core.record_tables import FORMER_FORMAT, FORMER_ORDER, Kept, Link, kept, newest
from bedesten.core.records import asked
from bedesten.domain.fields import fields_of
from bedesten.domain.orders import Order as OrderRow

#: What is told of an order but not kept so, in C: x is the order.
DERIVED: Final = {
    "order_id": "x->id",
    "quantity": "bedesten_quantity(x)",
    "hold_price": "bedesten_hold_price(x)",
    "original_price": "bedesten_original_price(x)",
    "sibling_id": "bedesten_sibling_id(x)",
    "tax_carry": "bedesten_tax_carry(x, tax_ppb)",
}
FUNCTIONS: Final = """\
static inline long long bedesten_quantity(const Order *x) { return x->original_quantity ? x->filled + x->remaining : 0; }
static inline long long bedesten_original_price(const Order *x) {
    return x->conditions->original_price ? x->conditions->original_price : x->price; }
static inline long long bedesten_hold_price(const Order *x) {
    return x->conditions->hold_price ? x->conditions->hold_price : x->price; }
static inline long long bedesten_sibling_id(const Order *x) {
    return x->conditions->sibling ? x->conditions->sibling->id : 0; }
static inline long long bedesten_tax_carry(const Order *x, long long tax_ppb) {
    return (long long)((__int128)x->tax * 1000000000 - (__int128)x->fee * tax_ppb); }"""
#: What the row of an order says otherwise when it ended.
ENDED: Final = {"held": "reason ? 0 : x->held", "close_reason": "reason"}

CACHE_LINE: Final = 64
REQUEST: Final = "BedestenPlaceOcoRow"  # in rows.pxd: a row of PlaceOrder too, whose stop_price is 0


def text(tables: Sequence[type] = record_tables.RECORDS) -> str:
    """Return the text of records.pxd."""
    first = newest(tuple(tables))
    order, conditions = tables[0], tables[1]
    parts = [f"typedef struct {each.__name__} {each.__name__};" for each in tables]
    parts += [struct(each) for each in tables]
    parts.append("static const Conditions bedesten_no_conditions;")
    parts.append(FUNCTIONS)
    for each in tables:
        if kept(each, first):
            parts += [width(each, first), store(each, first), load(each, first)]
    parts += [row_writer(order, conditions), former_writer(order, conditions), former_reader(order, conditions)]
    parts += [terms_copy(order), conditions_copy(conditions), is_conditional(conditions), is_blank(conditions, first)]
    head = "# written by setup.py from record_tables.py\nfrom bedesten.core.rows cimport PlaceOcoRow\n\ncdef extern from *:\n"
    code = indented("\n".join(parts))
    return f'{head}    """\n{code}\n    """\n{declarations(tables, first)}'


def indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


def c_type(record: type, name: str) -> str:
    """Return what a field is declared as; pointers end with a star."""
    field = fields_of(record)[name]
    if not isinstance(field, Link):
        return str(getattr(field, "c_type"))  # noqa: B009
    hint = typing.get_type_hints(record)[name]
    [target] = typing.get_args(hint) or (hint,)
    return f"{target.__name__} *"


def struct(record: type) -> str:
    lines = [f"struct {record.__name__} {{"]
    for name, field in fields_of(record).items():
        base, _, width = c_type(record, name).partition(":")
        lines.append(f"    {base} {name}{f' : {width}' if width else ''};  /* {field.unit_name}: {field.meaning} */")
    size: int = record.SIZE  # type: ignore[attr-defined]
    aligned = f" __attribute__((aligned({CACHE_LINE})))" if size % CACHE_LINE == 0 else ""
    lines.append(f"}}{aligned};")
    lines.append(f'_Static_assert(sizeof({record.__name__}) == {size}, "{record.__name__} has {size} bytes");')
    return "\n".join(lines)


def function(head: str, lines: Iterable[str]) -> str:
    return f"static inline {head} {{\n" + "\n".join(f"    {line}" for line in lines) + " }"


def first_format(record: type, name: str) -> int:
    """Return the format of snapshots from which on a field is kept; 0 of all that these functions write."""
    field = fields_of(record)[name]
    assert isinstance(field, Kept)
    return field.since if field.since > FORMER_FORMAT + 1 else 0


def since(record: type, name: str, line: str) -> str:
    """Return a line for a kept field, under a condition where older formats do not have it."""
    first = first_format(record, name)
    return f"if (version >= {first}) {line}" if first else line


def width(record: type, newest: int) -> str:
    lower = record.__name__.lower()
    later = [first for name in kept(record, newest) if (first := first_format(record, name))]
    terms = [str(len(kept(record, newest)) - len(later)), *(f"(version >= {first})" for first in later)]
    return function(f"long long bedesten_{lower}_width(long long version)", [f"return {' + '.join(terms)};"])


def store(record: type, first: int) -> str:
    lines = [since(record, name, f"*row++ = x->{name};") for name in kept(record, first)]
    head = (
        f"void bedesten_store_{record.__name__.lower()}(long long *row, const {record.__name__} *x, long long version)"
    )
    return function(head, lines)


def load(record: type, first: int) -> str:
    lines = [since(record, name, f"x->{name} = *row++;") for name in kept(record, first)]
    head = (
        f"void bedesten_load_{record.__name__.lower()}(const long long *row, {record.__name__} *x, long long version)"
    )
    return function(head, lines)


def value(name: str, order: type, conditions: type) -> str:
    """Return a column of an order in C."""
    if name in DERIVED:
        return DERIVED[name]
    return f"x->{name}" if name in fields_of(order) else f"x->conditions->{name}"


def row_writer(order: type, conditions: type) -> str:
    """Return the function that writes the columns of domain.orders.Order."""
    lines = [
        f"row[{at}] = {ENDED.get(name) or value(name, order, conditions)};" for at, name in enumerate(OrderRow._fields)
    ]
    return function("void bedesten_write_order(long long *row, const Order *x, long long reason)", lines)


def former_writer(order: type, conditions: type) -> str:
    lines = [f"row[{at}] = {value(name, order, conditions)};" for at, name in enumerate(FORMER_ORDER)]
    return function("void bedesten_store_former_order(long long *row, const Order *x, long long tax_ppb)", lines)


def former_reader(order: type, conditions: type) -> str:
    lines = []
    for at, name in enumerate(FORMER_ORDER):
        if name in fields_of(order):
            lines.append(f"x->{name} = row[{at}];")
        elif name in fields_of(conditions):
            lines.append(f"x->conditions->{name} = row[{at}];")
    return function("void bedesten_load_former_order(const long long *row, Order *x)", lines)


def terms_copy(order: type) -> str:
    """Return the functions that fill in an order's terms, from a request or another order."""
    copies = [f"x->{name} = from->{name};" for name in asked(order)]
    return "\n".join(
        function(f"void bedesten_{name}(const {kind} *from, Order *x)", copies)
        for name, kind in (("copy_terms", REQUEST), ("copy_order_terms", "Order"))
    )


def conditions_copy(conditions: type) -> str:
    copies = [f"x->{name} = from->{name};" for name in asked(conditions)]
    return function(f"void bedesten_copy_conditions(const {REQUEST} *from, Conditions *x)", copies)


def is_conditional(conditions: type) -> str:
    any_of = " | ".join(f"x->{name}" for name in asked(conditions))
    return function(f"int bedesten_is_conditional(const {REQUEST} *x)", [f"return ({any_of}) != 0;"])


def is_blank(conditions: type, first: int) -> str:
    any_of = " | ".join(f"x->{name}" for name in kept(conditions, first))
    return function("int bedesten_is_blank(const Conditions *x)", [f"return x->sibling == 0 && ({any_of}) == 0;"])


def declarations(tables: Sequence[type], first: int) -> str:
    """Return what Cython needs to know of all this."""
    lines = [f"    ctypedef struct {each.__name__}" for each in tables]
    for each in tables:
        lines.append(f"    ctypedef struct {each.__name__}:")
        for name in fields_of(each):
            base, _, width = c_type(each, name).partition(":")
            lines.append(f"        {'int' if width else base} {name}")
    constants = ("FORMER_FORMAT", "FORMER_WIDTH", "FORMER_SIBLING")
    numbers = {name: getattr(record_tables, name) for name in constants} | {"SNAPSHOT_FORMAT": first}
    lines += [f'    enum: {name} "{number}"' for name, number in numbers.items()]
    lines += ['    Order *NO_ORDER "NULL"', '    PriceLevel *NO_LEVEL "NULL"']
    lines.append('    Conditions *NO_CONDITIONS "((Conditions *)&bedesten_no_conditions)"')
    heads = []
    for each in (each for each in tables if kept(each, first)):
        kind, lower = each.__name__, each.__name__.lower()
        heads.append(f"long long {lower}_width(long long version)")
        heads.append(f"void store_{lower}(long long *row, const {kind} *x, long long version)")
        heads.append(f"void load_{lower}(const long long *row, {kind} *x, long long version)")
    heads += [
        "void write_order(long long *row, const Order *x, long long reason)",
        "void store_former_order(long long *row, const Order *x, long long tax_ppb)",
        "void load_former_order(const long long *row, Order *x)",
        "void copy_terms(const PlaceOcoRow *request, Order *x)",
        "void copy_order_terms(const Order *order, Order *x)",
        "void copy_conditions(const PlaceOcoRow *request, Conditions *x)",
        "long long quantity(const Order *x)",
        "long long original_price(const Order *x)",
        "long long hold_price(const Order *x)",
        "long long sibling_id(const Order *x)",
        "long long tax_carry(const Order *x, long long tax_ppb)",
        "int is_conditional(const PlaceOcoRow *x)",
        "int is_blank(const Conditions *x)",
    ]
    for head in heads:
        before, _, arguments = head.partition("(")
        name = before.rpartition(" ")[2].lstrip("*")
        lines.append(f'    {before} "bedesten_{name}"({arguments} noexcept')
    return "\n".join(lines) + "\n"
