"""What the driver of a sandbox asks and is answered. Money and durations are texts: "0.003", "250ms", "5s", "5m", "2h", "1d"."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bedesten.domain.texts import IN_LINES


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """A body in which every name is known."""


class Advance(Strict):
    """POST /sandbox/clock/advance."""

    by: Annotated[str, Meta(description="How far, a duration")] = ""
    to: Annotated[str, Meta(description="Or to which instant: 2025-01-01T00:05:00Z")] = ""
    pace: Annotated[
        str,
        Meta(
            description="step: visit every instant at which anything is due; leap: go there at once; "
            "next: to the next such instant, and no farther"
        ),
    ] = "step"
    delivered: Annotated[
        bool, Meta(description="Whether the clients of sockets have to have read what they were sent")
    ] = False


class Until(Strict, rename={"is_": "is"}):
    """POST /sandbox/clock/until."""

    account: Annotated[str, Meta(description="The account's name")]
    client_id: Annotated[str, Meta(description="The client's own id of the order")]
    is_: Annotated[
        str, Meta(description="What is waited for: ended, or why it has to have ended: filled, canceled, expired, …")
    ] = "ended"
    within: Annotated[str, Meta(description="How far at most, a duration")] = "1h"


class Ended(msgspec.Struct):
    """Where time stands, and what became of an order."""

    now_ns: Annotated[int, Meta(description="The venue's time, nanoseconds of Unix time")]
    found: Annotated[bool, Meta(description="Whether it has ended, and as was waited for")]
    ended: Annotated[
        str, Meta(description="Why it is not open any more: filled, canceled, expired, …; empty: it still is")
    ]


class Skew(Strict):
    """POST /sandbox/clock/skew."""

    by: Annotated[str, Meta(description="How far the customers' clocks are behind, a duration; 0s: not at all")]


class Named(Strict):
    """An open order, and how much of it."""

    account: Annotated[str, Meta(description="The account's name")]
    client_id: Annotated[str, Meta(description="The client's own id of the order; empty: the account's oldest one")] = (
        ""
    )
    quantity: Annotated[str, Meta(description="How much of it, a decimal in the base asset; empty: all")] = ""
    through: Annotated[bool, Meta(description="Whether others' orders that stand before it are filled as well")] = False


class Awaited(Strict):
    """An order that is still to come."""

    account: Annotated[str, Meta(description="The account's name")]
    client_id: Annotated[str, Meta(description="The client's own id of the order")]
    reason: Annotated[str, Meta(description="Why it is refused; empty: it is filled as it comes")] = ""
    quantity: Annotated[str, Meta(description="How much of it is filled, a decimal in the base asset; empty: all")] = ""
    pair: Annotated[str, Meta(description="The pair of the quantity")] = ""


class PairState(Strict):
    """POST /sandbox/pairs."""

    pair: Annotated[str, Meta(description="The pair: BTC-USD")]
    state: Annotated[str, Meta(description="trading, halted, cancel_only or post_only_session")]


class PairLife(Strict):
    """POST /sandbox/pairs/life."""

    pair: Annotated[str, Meta(description="The pair: BTC-USD")]
    makers: Annotated[bool | None, Meta(description="Whether somebody quotes; null: as it is")] = None
    noise: Annotated[bool | None, Meta(description="Whether somebody trades; null: as it is")] = None
    spread_times: Annotated[
        int | None, Meta(description="How much wider than usual the makers quote, 1 to 1000; null: as it is")
    ] = None


class Price(Strict):
    """POST /sandbox/prices."""

    asset: Annotated[str, Meta(description="The asset's code")]
    to: Annotated[str, Meta(description="How many dollars it goes to and stands at, a decimal")] = ""
    by: Annotated[str, Meta(description="By which share it moves, and walks on: -30% or -0.3")] = ""
    over: Annotated[str, Meta(description="How long it takes, a duration")] = "0s"


class Follow(Strict):
    """POST /sandbox/prices/follow."""

    asset: Annotated[str, Meta(description="The asset's code")]


class PriceRecording(Strict):
    """POST /sandbox/prices/replay."""

    csv: Annotated[str, IN_LINES, Meta(description="Lines with the columns time_ns, asset, usd, under a header")]
    is_from_now: Annotated[
        bool, Meta(description="Whether its first row comes now; otherwise each comes at its own time")
    ] = True


class NewAccount(Strict):
    """POST /sandbox/accounts."""

    name: Annotated[str, Meta(description="Its name, which nobody else has")]
    balances: Annotated[dict[str, str], Meta(description="What it has: decimals by asset")] = {}


class Deposit(Strict):
    """POST /sandbox/deposits."""

    account: Annotated[str, Meta(description="The account's name")]
    asset: Annotated[str, Meta(description="The asset's code")]
    amount: Annotated[str, Meta(description="How much, a decimal in the asset")]
    network: Annotated[str, Meta(description="Over which network; empty: at once")] = ""


class Withdrawal(Strict):
    """POST /sandbox/withdrawals."""

    account: Annotated[str, Meta(description="The account's name: its newest withdrawal whose payment is under way")]
    fate: Annotated[
        str,
        Meta(description="stuck: no block takes the payment; sent: the next one does; failed: the money is given back"),
    ]


class Operate(Strict):
    """POST /sandbox/operate."""

    operation: Annotated[str, Meta(description="An operator's operation by name, as docs/operations.md has it")]
    form: Annotated[dict[str, Any], Meta(description="What it takes")] = {}


class Play(Strict):
    """POST /sandbox/play."""

    name: Annotated[str, Meta(description="A packaged scenario: flash-crash")] = ""
    toml: Annotated[str, IN_LINES, Meta(description="Or a scenario of your own, as TOML")] = ""


class Nothing(Strict):
    """POST /sandbox/forks."""


class StateNamed(Strict):
    """POST /sandbox/states/save and /sandbox/states/restore."""

    name: Annotated[str, Meta(description="The state's name, 64 characters at most")]


class Reset(Strict):
    """POST /sandbox/reset."""

    seed: Annotated[
        Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)] | None, Meta(description="Another seed; null: the same")
    ] = None


class Place(Strict):
    """Where a copy answers."""

    url: Annotated[str, Meta(description="Its address: http://127.0.0.1:40123")]


class Numbered(Strict):
    """A fault by its number."""

    number: Annotated[int, Meta(description="The rule's number")]


class State(msgspec.Struct):
    """How the sandbox stands."""

    now_ns: Annotated[int, Meta(description="The venue's time, nanoseconds of Unix time")]
    seq: Annotated[int, Meta(description="The last command")]
    digest: Annotated[str, Meta(description="A hash of the books and the ledger")]
    faults: Annotated[list[str], Meta(description="The rules in force, in words")]
    armed: Annotated[list[str], Meta(description="The client ids of orders that something waits for")]
    scenarios: Annotated[list[str], Meta(description="The scenarios that play or have played, and how far they came")]


class Kept(msgspec.Struct):
    """What is kept of a sandbox, and its copies."""

    names: Annotated[list[str], Meta(description="The names of the states that are kept")]
    forks: Annotated[list[str], Meta(description="Where copies answer")]


class OrdersAsked(Strict):
    """POST /sandbox/orders."""

    account: Annotated[str, Meta(description="The account's name")]
    client_id: Annotated[str, Meta(description="The client's own id of the order; empty: any")] = ""
    pair: Annotated[str, Meta(description="The pair: BTC-USD; empty: any")] = ""


class FillsAsked(Strict):
    """POST /sandbox/fills."""

    account: Annotated[str, Meta(description="The account's name")]
    client_id: Annotated[str, Meta(description="The client's own id of the order; empty: any")] = ""


class BalanceAsked(Strict):
    """POST /sandbox/balances."""

    account: Annotated[str, Meta(description="The account's name")]
    asset: Annotated[str, Meta(description="The asset's code")]


class BookAsked(Strict):
    """POST /sandbox/books."""

    pair: Annotated[str, Meta(description="The pair: BTC-USD")]
    limit: Annotated[int, Meta(ge=1, le=1_000, description="How many levels of each side at most")] = 20


class OrderTold(msgspec.Struct):
    """An order as its customer knows it."""

    id: Annotated[int, Meta(description="The venue's number of it")]
    client_id: Annotated[str, Meta(description="The client's own id of it")]
    pair: Annotated[str, Meta(description="The pair")]
    side: Annotated[str, Meta(description="BUY or SELL")]
    type: Annotated[str, Meta(description="LIMIT, MARKET, …")]
    price: Annotated[str, Meta(description="Its price, a decimal in the quote asset")]
    quantity: Annotated[str, Meta(description="Its quantity, a decimal in the base asset")]
    filled: Annotated[str, Meta(description="How much of it was filled, a decimal in the base asset")]
    ended: Annotated[str, Meta(description="Why it is not open any more: filled, canceled, …; empty: it is")]


class FillTold(msgspec.Struct):
    """One order's half of a trade."""

    trade_id: Annotated[int, Meta(description="The trade's number")]
    order_id: Annotated[int, Meta(description="The venue's number of the order")]
    pair: Annotated[str, Meta(description="The pair")]
    side: Annotated[str, Meta(description="BUY or SELL")]
    price: Annotated[str, Meta(description="The price, a decimal in the quote asset")]
    quantity: Annotated[str, Meta(description="How much, a decimal in the base asset")]
    is_maker: Annotated[bool, Meta(description="Whether the order stood in the book")]


class BalanceTold(msgspec.Struct):
    """What an account has of an asset."""

    total: Annotated[str, Meta(description="All of it, a decimal")]
    held: Annotated[str, Meta(description="What of it is held for open orders and withdrawals, a decimal")]


class BookTold(msgspec.Struct):
    """A book's best levels, best first."""

    bids: Annotated[list[tuple[str, str]], Meta(description="Price and quantity, decimals")]
    asks: Annotated[list[tuple[str, str]], Meta(description="Price and quantity, decimals")]


class Verdict(msgspec.Struct):
    """What fails a test that ends now."""

    wrong: Annotated[
        list[str], Meta(description="What is wrong, in words: the ledger, faults and armed orders that met nothing")
    ]
    blocked: Annotated[list[str], Meta(description="The requests whose client waits for the venue's time")]


class Moved(msgspec.Struct):
    """What an advance came to."""

    status: Annotated[str, Meta(description="settled")]
    now_ns: Annotated[int, Meta(description="The venue's time, nanoseconds of Unix time")]
    steps: Annotated[int, Meta(description="Instants that were visited")]
    commands: Annotated[int, Meta(description="Commands that the venue was given meanwhile")]
    unread: Annotated[int, Meta(description="With delivered: sockets whose client did not answer in time")] = 0


class Filled(msgspec.Struct):
    """What was filled."""

    lots: Annotated[int, Meta(description="How many lots of the instrument")]


class Playing(msgspec.Struct):
    """A scenario that has begun."""

    name: Annotated[str, Meta(description="Its name")]
    told: Annotated[str, Meta(description="What a bot sees")]
    acts: Annotated[int, Meta(description="How many acts it has")]
    lasts: Annotated[str, Meta(description="When the last of them comes, a duration from now")]


class Rows(msgspec.Struct):
    """What an operation answers."""

    rows: Annotated[list[dict[str, Any]], Meta(description="Its rows, as docs/operations.md has them")]


class Opened(msgspec.Struct):
    """An account and the key that acts for it."""

    account: Annotated[str, Meta(description="Its name")]
    api_key: Annotated[str, Meta(description="The key")]
    api_secret: Annotated[str, Meta(description="Its secret")]


class Done(msgspec.Struct):
    """It was done."""

    number: Annotated[int, Meta(description="Of a fault: the rule's number; else 0")] = 0


class SandboxRefusal(msgspec.Struct):
    """Why it was not done; nothing was changed."""

    error: Annotated[str, Meta(description="The kind of refusal")]
    message: Annotated[str, Meta(description="What is wrong, in words")]


Line = dict[str, Any]
