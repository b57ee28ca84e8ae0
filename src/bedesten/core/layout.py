"""The records that the core is made of, and where they come from (its C twin: layout.pxd).

Compiled, these are C structs in pools that one Memory owns; here they are plain objects. NO_ORDER and NO_LEVEL stand
for "none": compare with `is`, and never read a field of theirs.
"""

from __future__ import annotations

from array import array

from bedesten.domain.columns import HEADER
from bedesten.domain.events import EVENT_WIDTH


class Order:
    """An order: a link in the queue of its price level, in its account's list, and in both indexes."""

    __slots__ = (
        "account", "account_ahead", "account_behind", "ahead", "behind", "budget", "client_ahead", "client_behind",
        "client_ref", "created_ns", "deviation_ppm", "display_ppm", "expires_ns", "extreme", "fee", "fee_carry", "filled",
        "follower_ahead", "follower_behind", "follows", "held", "hold_price", "id", "id_behind", "instrument", "level",
        "maker_ppb", "notional", "order_type", "original_price", "original_quantity", "original_trigger_price",
        "post_only", "price", "quantity", "remaining", "self_trade", "sibling", "side", "taker_ppb", "tax", "tax_carry",
        "time_in_force", "trail", "trigger", "trigger_price", "trigger_source", "triggered", "updated_ns",
    )  # fmt: skip

    # its place in the queue
    id: int
    level: PriceLevel
    ahead: Order
    behind: Order
    id_behind: Order
    remaining: int  # lots; 0 for an order by budget
    held: int  # minor units of the asset that pays
    account: int
    instrument: int
    # its other lists, and what it did
    account_ahead: Order
    account_behind: Order
    client_ahead: Order
    client_behind: Order
    client_ref: int
    filled: int
    notional: int
    quantity: int
    # fees
    fee_carry: int
    tax_carry: int
    fee: int
    tax: int
    maker_ppb: int
    taker_ppb: int
    side: int
    order_type: int
    time_in_force: int
    post_only: int
    trigger: int
    trigger_source: int
    triggered: int
    self_trade: int
    follower_ahead: Order
    follower_behind: Order
    # terms
    sibling: Order
    expires_ns: int
    budget: int
    price: int
    hold_price: int  # the worst price it may pay, from which its hold is reckoned
    trigger_price: int
    trail: int
    extreme: int  # the best price a trailing trigger has seen
    original_price: int
    original_quantity: int
    original_trigger_price: int
    created_ns: int
    updated_ns: int
    display_ppm: int
    deviation_ppm: int
    follows: int  # 1: in its book's list of followers


class PriceLevel:
    """The orders of one ladder at one price, first come first served."""

    __slots__ = ("better", "displayed", "first", "instrument", "key", "ladder", "last", "price", "worse")

    key: int
    price: int
    displayed: int  # lots that the public sees
    first: Order
    last: Order
    better: PriceLevel
    worse: PriceLevel
    ladder: int
    instrument: int


class Balance:
    """An account's amount of one asset: free to use, or held."""

    __slots__ = ("available", "held")

    available: int
    held: int


class Account:
    """A ledger account: its balances, its open orders oldest first, its settings."""

    __slots__ = (
        "alarm_ns", "assets", "balances", "counts", "dead_man_ns", "first", "instruments", "is_open", "last", "suspended", "tier",
    )  # fmt: skip

    balances: list[Balance]
    assets: int  # how many balances there is room for
    counts: list[int]  # open orders by instrument
    instruments: int
    first: Order
    last: Order
    dead_man_ns: int  # when everything ends; 0: never
    alarm_ns: int  # the timer's entry that looks at it: at dead_man_ns or before; 0: none
    tier: int
    suspended: int
    is_open: int


class Request:
    """A row of PlaceOrder or PlaceOco by its columns; compiled, the row itself."""

    __slots__ = (
        "account", "budget", "client_ref", "deviation_ppm", "display_ppm", "expires_ns", "instrument", "order_type",
        "post_only", "price", "quantity", "self_trade", "side", "stop_price", "time_in_force", "trail", "trigger",
        "trigger_price", "trigger_source",
    )  # fmt: skip

    account: int
    instrument: int
    side: int
    order_type: int
    time_in_force: int
    expires_ns: int
    post_only: int
    price: int
    quantity: int
    budget: int
    trigger: int
    trigger_price: int
    trigger_source: int
    trail: int
    display_ppm: int
    deviation_ppm: int
    self_trade: int
    client_ref: int
    stop_price: int  # 0 of a PlaceOrder


SHELF = 128


class Shelf:
    """A run of adjacent price levels and their keys."""

    __slots__ = ("count", "keys", "levels")

    count: int
    keys: list[int]
    levels: list[PriceLevel]


NO_ORDER = Order()
NO_LEVEL = PriceLevel()
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
    """Make sure that so many orders, levels and as many shelves can be taken; 0 when memory will not have it."""
    return 0 if pools.most and pools.out + orders + levels > pools.most else 1


def new_order(pools: Pools) -> Order:
    pools.out += 1
    order = Order()
    for name in Order.__slots__:
        setattr(order, name, 0)
    order.level = NO_LEVEL
    order.ahead = order.behind = order.id_behind = order.sibling = NO_ORDER
    order.account_ahead = order.account_behind = order.client_ahead = order.client_behind = NO_ORDER
    order.follower_ahead = order.follower_behind = NO_ORDER
    return order


def free_order(pools: Pools, order: Order) -> None:
    pools.out -= 1


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


def request_at(row: memoryview[int]) -> Request:
    """Return the row by its columns."""
    request = Request()
    for at, name in enumerate(Request.__annotations__, HEADER):
        setattr(request, name, row[at])
    return request


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
    account = Account()
    account.balances = []
    account.counts = []
    account.assets = account.instruments = account.dead_man_ns = account.alarm_ns = account.tier = account.suspended = (
        account.is_open
    ) = 0
    account.first = account.last = NO_ORDER
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
