"""Records as plain objects, and what goes through their fields (its C twin, records.pxd, is written by the build).

NO_ORDER and NO_LEVEL stand for "none": compare with `is`, and never read a field of theirs. NO_CONDITIONS is read, as 0
everywhere, and never written.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from bedesten.core.record_tables import FORMER_FORMAT as FORMER_FORMAT
from bedesten.core.record_tables import FORMER_ORDER, kept, links, newest
from bedesten.core.record_tables import FORMER_SIBLING as FORMER_SIBLING
from bedesten.core.record_tables import FORMER_WIDTH as FORMER_WIDTH
from bedesten.core.record_tables import Account as Account
from bedesten.core.record_tables import Balance as Balance
from bedesten.core.record_tables import Conditions as Conditions
from bedesten.core.record_tables import Order as Order
from bedesten.core.record_tables import PriceLevel as PriceLevel
from bedesten.domain.commands import PlaceOco
from bedesten.domain.fields import fields_of
from bedesten.domain.orders import Order as OrderRow


class NoConditions(Conditions):
    """The conditions of plain orders, which all share them."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a plain order has no {name}")


NO_ORDER = Order()
NO_LEVEL = PriceLevel()
NO_CONDITIONS: Conditions = NoConditions()
for _name in fields_of(Conditions):
    object.__setattr__(NO_CONDITIONS, _name, NO_ORDER if _name in links(Conditions) else 0)
SNAPSHOT_FORMAT: Final = newest()

Kind = TypeVar("Kind", Order, Conditions, PriceLevel, Balance, Account)


def blank(record: Kind) -> Kind:
    """Set every field to 0, and every link to none."""
    nones: dict[type, object] = {Order: NO_ORDER, PriceLevel: NO_LEVEL, Conditions: NO_CONDITIONS}
    for name in fields_of(type(record)):
        target = links(type(record)).get(name)
        setattr(record, name, nones.get(target) if target else 0)
    return record


def quantity(order: Order) -> int:
    """Return an order's lots, filled and remaining; 0 by budget."""
    return order.filled + order.remaining if order.original_quantity else 0


def original_price(order: Order) -> int:
    """Return the price that an order was placed with."""
    return order.conditions.original_price or order.price


def hold_price(order: Order) -> int:
    """Return the worst price that an order may pay, from which its hold is reckoned."""
    return order.conditions.hold_price or order.price


def sibling_id(order: Order) -> int:
    """Return the id of an OCO's other leg; 0 of all others."""
    return 0 if order.conditions.sibling is NO_ORDER else order.conditions.sibling.id


def tax_carry(order: Order, tax_ppb: int) -> int:
    """Return what the rounding of an order's tax has overpaid, in billionths of a minor unit."""
    return order.tax * 1_000_000_000 - order.fee * tax_ppb


DERIVED: Final[dict[str, Callable[[Order], int]]] = {
    "order_id": lambda order: order.id,
    "quantity": quantity,
    "hold_price": hold_price,
    "original_price": original_price,
    "sibling_id": sibling_id,
}


def value(order: Order, name: str) -> int:
    """Return what an order's row, or a former snapshot, has under a name."""
    if name in DERIVED:
        return DERIVED[name](order)
    found: int = getattr(order if name in fields_of(Order) else order.conditions, name)
    return found


def write_order(row: memoryview[int], order: Order, reason: int) -> None:
    """Write an order's row, the columns of domain.orders.Order: of an open one, or of one that ends for a reason."""
    ends = {"held": 0 if reason else order.held, "close_reason": reason}
    for at, name in enumerate(OrderRow._fields):
        row[at] = ends[name] if name in ends else value(order, name)


def asked(record: type) -> list[str]:
    """Return the fields of a record that a request names."""
    return [name for name in fields_of(record) if name in PlaceOco.__struct_fields__]


def copy_terms(request: PlaceOco, order: Order) -> None:
    """Fill in the terms that every order has, under the names of the request."""
    for name in asked(Order):
        setattr(order, name, getattr(request, name))


def copy_order_terms(order: Order, new: Order) -> None:
    """Fill in the terms that every order has from another order."""
    for name in asked(Order):
        setattr(new, name, getattr(order, name))


def copy_conditions(request: PlaceOco, conditions: Conditions) -> None:
    """Fill in what only some orders have."""
    for name in asked(Conditions):
        setattr(conditions, name, getattr(request, name))


def is_conditional(request: PlaceOco) -> int:
    """Return whether a request asks for anything that a plain order does not have."""
    return 1 if any(getattr(request, name) for name in asked(Conditions)) else 0


def is_blank(conditions: Conditions) -> int:
    """Return whether an order with these conditions is as a plain one."""
    if conditions.sibling is not NO_ORDER:
        return 0
    return 0 if any(getattr(conditions, name) for name in kept(Conditions, SNAPSHOT_FORMAT)) else 1


def store(row: memoryview[int], record: Kind, version: int) -> None:
    """Write what snapshots of a format keep of a record."""
    for at, name in enumerate(kept(type(record), version)):
        row[at] = getattr(record, name)


def load(row: memoryview[int], record: Kind, version: int) -> None:
    """Read what snapshots of a format keep of a record."""
    for at, name in enumerate(kept(type(record), version)):
        setattr(record, name, row[at])


# C has no functions that take every kind of record.
store_order = store_conditions = store_balance = store_account = store
load_order = load_conditions = load_balance = load_account = load


def order_width(version: int) -> int:
    return len(kept(Order, version))


def conditions_width(version: int) -> int:
    return len(kept(Conditions, version))


def balance_width(version: int) -> int:
    return len(kept(Balance, version))


def account_width(version: int) -> int:
    return len(kept(Account, version))


def store_former_order(row: memoryview[int], order: Order, tax_ppb: int) -> None:
    """Write what formats 1 to 3 kept of an order."""
    for at, name in enumerate(FORMER_ORDER):
        row[at] = tax_carry(order, tax_ppb) if name == "tax_carry" else value(order, name)


def load_former_order(row: memoryview[int], order: Order) -> None:
    """Read what formats 1 to 3 kept of an order that has conditions; what is derived now is passed over."""
    for at, name in enumerate(FORMER_ORDER):
        if name in fields_of(Order):
            setattr(order, name, row[at])
        elif name in fields_of(Conditions):
            setattr(order.conditions, name, row[at])
