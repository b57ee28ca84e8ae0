"""Where the records of the core come from, and the tables and buffers beside them (its C twin: layout.pxd).

Compiled, records are C structs in pools that one Memory owns; here they are plain objects.
"""

from __future__ import annotations

from array import array

from bedesten.core.records import (
    NO_CONDITIONS,
    NO_LEVEL,
    NO_ORDER,
    Account,
    Balance,
    Conditions,
    Order,
    PriceLevel,
    blank,
)
from bedesten.domain.events import EVENT_WIDTH

SHELF = 128


class Shelf:
    """A run of adjacent price levels and their keys."""

    __slots__ = ("count", "keys", "levels")

    count: int
    keys: list[int]
    levels: list[PriceLevel]


NO_SHELF = Shelf()
NO_ORDERS: list[Order] = []
NO_SHELVES: list[Shelf] = []
NO_KEYS: list[int] = []
NO_POOLS: Pools | None = None
NO_ACCOUNTS: list[Account] = []
NO_INTS = array("q")
Row = memoryview  # integers to be written to; a pointer once compiled


class Pools:
    """Where orders, levels and shelves come from; bounded in how many it hands out when *most* is not 0."""

    __slots__ = ("most", "out")

    most: int
    out: int


def new_pools(most: int) -> Pools:
    pools = Pools()
    pools.most = most
    pools.out = 0
    return pools


def free_pools(pools: Pools) -> None:
    """Give everything back at once."""


def reserve(pools: Pools, orders: int, levels: int) -> int:
    """Make sure that so many orders, levels and as many shelves can be taken, and two sets of conditions; 0 when memory
    will not have it."""
    return 0 if pools.most and pools.out + orders + levels > pools.most else 1


def new_order(pools: Pools) -> Order:
    pools.out += 1
    return blank(Order())


def free_order(pools: Pools, order: Order) -> None:
    pools.out -= 1


def add_conditions(pools: Pools, order: Order) -> Conditions:
    """Give an order conditions, blank ones unless it has some; return them."""
    if order.conditions is NO_CONDITIONS:
        order.conditions = blank(Conditions())
    return order.conditions


def drop_conditions(pools: Pools, order: Order) -> None:
    """Make an order a plain one."""
    order.conditions = NO_CONDITIONS


def new_level(pools: Pools) -> PriceLevel:
    pools.out += 1
    return PriceLevel()


def free_level(pools: Pools, level: PriceLevel) -> None:
    pools.out -= 1


def new_shelf(pools: Pools) -> Shelf:
    shelf = Shelf()
    shelf.count = 0
    shelf.keys = [0] * SHELF
    shelf.levels = [NO_LEVEL] * SHELF
    return shelf


def free_shelf(pools: Pools, shelf: Shelf) -> None:
    pass


def grow_orders(table: list[Order], old: int, new: int) -> list[Order]:
    """Return the table with room for *new* entries, the added ones NO_ORDER; NO_ORDERS when memory will not have it."""
    return table + [NO_ORDER] * (new - old)


def free_orders(table: list[Order]) -> None:
    pass


def grow_shelves(table: list[Shelf], old: int, new: int) -> list[Shelf]:
    return table + [NO_SHELF] * (new - old)


def free_shelves(table: list[Shelf]) -> None:
    pass


def grow_keys(table: list[int], old: int, new: int) -> list[int]:
    return table + [0] * (new - old)


def free_keys(table: list[int]) -> None:
    pass


def grow_ints(table: array[int], old: int, new: int) -> array[int]:
    """Return a new buffer of 64-bit integers that starts with what *table* holds."""
    return table + array("q", bytes(8 * (new - old)))


def free_ints(table: array[int]) -> None:
    pass


def ints_at(table: array[int], at: int) -> memoryview[int]:
    """Return the integers from *at* on, to be written to."""
    return memoryview(table)[at:]


def blank_event(row: memoryview[int]) -> None:
    """Set an event's row to zero."""
    for at in range(EVENT_WIDTH):
        row[at] = 0


def row_at(values: memoryview[int], at: int) -> memoryview[int]:
    """Return what stands from *at* on, to be read."""
    return values[at:]


def ints_bytes(table: array[int], count: int) -> bytes:
    return table[:count].tobytes()


def grow_accounts(table: list[Account], old: int, new: int) -> list[Account]:
    return table + [_new_account() for _ in range(new - old)]


def free_accounts(table: list[Account], count: int) -> None:
    pass


def _new_account() -> Account:
    account = blank(Account())
    account.balances = []
    account.counts = []
    return account


def prefetch_bucket(buckets: list[Order], at: int) -> None:
    """Have the processor fetch what will soon be looked at."""


def prefetch_order(order: Order) -> None:
    pass


def prefetch_account(account: Account) -> None:
    pass


def account_at(table: list[Account], at: int) -> Account:
    return table[at]


def balance_at(account: Account, asset: int) -> Balance:
    return account.balances[asset]


def widen_balances(account: Account, new: int) -> int:
    """Give the account room for *new* balances; 0 when memory will not have it."""
    for _ in range(new - account.assets):
        balance = Balance()
        balance.available = balance.held = 0
        account.balances.append(balance)
    account.assets = new
    return 1


def widen_counts(account: Account, new: int) -> int:
    """Give the account room for *new* counts of open orders; 0 when memory will not have it."""
    account.counts.extend([0] * (new - account.instruments))
    account.instruments = new
    return 1
