"""Scenario files: commands, then what must come of them, as a trader would draw it.

A line at the margin is a command; the lines indented under it are all that it must do, in order (an order's being placed, and
being filled, go without saying). Reference: docs/matching.md, "Scenario files".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from bedesten.domain import commands as c
from bedesten.domain import enums, events
from bedesten.domain.enums import InstrumentParameter, OrderType, PriceSource, SelfTrade, Side, TimeInForce, Trigger
from bedesten.domain.orders import Order
from tests import builders
from tests.builders import Exchange

FUNDS = 1_000_000  # minor units of each asset that an account has when the scenario does not say
FIRST_ACCOUNT = 16
ASSETS = {"BTC": builders.BASE, "USDT": builders.QUOTE}
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
TRIGGERS = {"stop": Trigger.STOP, "take-profit": Trigger.TAKE_PROFIT, "trail": Trigger.TRAILING_DISTANCE,
            "trail-ppm": Trigger.TRAILING_PERCENTAGE}  # fmt: skip
SELF_TRADES = {mode.name.lower().replace("_", "-"): mode for mode in SelfTrade}
SOURCES = {"last": PriceSource.LAST, "index": PriceSource.INDEX}
PARAMETERS = {parameter.name.lower(): parameter for parameter in InstrumentParameter}


class Table:
    """One scenario being played on one exchange."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.accounts = {"fees": builders.FEES, "tax": builders.TAX, "outside": builders.OUTSIDE}
        self.orders: dict[str, int] = {}
        self.next_order_id = 1
        self.now = 1
        self.is_open = False
        self.money: dict[str, int] = {}
        self.rules = 1
        self.said: list[str] = []

    def play(self, lines: list[str]) -> None:
        """Play every line; fails with the line at which the exchange did something else."""
        for at, (line, expected) in enumerate(blocks(lines)):
            words = line.split()
            if words[0] in ("book", "balances", "zero-sum"):
                self.check(words[0], expected, line)
                continue
            repeats = int(words[1]) if words[0] == "repeat" else 1
            self.said = []
            for n in range(repeats):
                text = re.sub(r"\{(-?\d*)([+-]?)n\}", lambda m, n=n: repeated(m, n), line)
                self.perform(text.split()[2:] if words[0] == "repeat" else words)
            self.compare(expected, line, at)

    def perform(self, words: list[str]) -> None:
        """Do one command."""
        verb, rest = words[0], words[1:]
        action: Callable[[list[str]], None] = getattr(self, verb.replace("-", "_") + "_line")
        if verb not in ("money", "rules", "fund", "nobody"):
            self.open_venue()
        action(rest)

    # what sets the stage

    def money_line(self, words: list[str]) -> None:
        """money lot_value 10 value_numerator 1 value_denominator 100"""
        self.money = {name: int(value) for name, value in zip(words[::2], words[1::2], strict=True)}

    def rules_line(self, words: list[str]) -> None:
        """rules 0: match by an older revision of the rules"""
        self.rules = int(words[0])

    def fund_line(self, words: list[str]) -> None:
        """fund alice USDT 500 BTC 3: all that alice has"""
        self.open_venue()
        account = self.accounts[words[0]] = FIRST_ACCOUNT + len(self.accounts)
        self.submit(c.OpenAccount(account=account))
        for asset, amount in zip(words[1::2], words[2::2], strict=True):
            self.submit(builders.a_deposit(account, ASSETS[asset], int(amount)))

    def open_venue(self) -> None:
        if not self.is_open:
            self.is_open = True
            for command in [*builders.assets(), *builders.an_instrument(**self.money)]:
                self.submit(command)
            self.submit(builders.a_parameter(InstrumentParameter.MATCHING_RULES, self.rules))

    def account(self, name: str) -> int:
        if name not in self.accounts:
            self.fund_line([name, "BTC", str(FUNDS), "USDT", str(FUNDS)])
        return self.accounts[name]

    def submit(self, command: c.Command) -> None:
        outcome = self.exchange.submit(command, self.now)
        closed = iter(outcome.closed)
        names = {order_id: name for name, order_id in self.orders.items()}
        for event in outcome.events:
            self.said += self.say(event, names, closed)

    # commands

    def set_line(self, words: list[str]) -> None:
        """set min_quantity 5"""
        value = {state.name.lower(): int(state) for state in enums.InstrumentState}
        value |= {rule.name.lower(): int(rule) for rule in enums.FeeRule}
        number = value[words[1]] if words[1] in value else int(words[1])
        self.submit(builders.a_parameter(PARAMETERS[words[0]], number))

    def fees_line(self, words: list[str]) -> None:
        """fees maker 1000000 taker 2000000: parts per billion"""
        self.submit(c.SetFees(instrument=1, tier=0, maker_ppb=int(words[1]), taker_ppb=int(words[3])))

    def suspend_line(self, words: list[str]) -> None:
        """suspend alice"""
        self.submit(c.SetAccount(account=self.account(words[0]), parameter=2, value=1))

    def index_line(self, words: list[str]) -> None:
        """index 100"""
        self.submit(c.SetIndex(instrument=builders.INSTRUMENT, price=int(words[0])))

    def time_line(self, words: list[str]) -> None:
        """time 5000: let it be so many nanoseconds"""
        self.now = int(words[0])
        self.submit(c.AdvanceTime())

    def dead_man_line(self, words: list[str]) -> None:
        """dead-man alice 5000: cancel all of alice's orders at that instant, unless it is set again; 0: do not"""
        self.submit(c.CancelAllAfter(account=self.account(words[0]), deadline_ns=int(words[1])))

    def place_line(self, words: list[str]) -> None:
        """place t1 carol buy 102 x 7 [ioc] [stop 110] …; "market x 7" and "market for 500" for market orders"""
        name, account, side, *terms = words
        columns = {"account": self.account(account), "side": SIDES[side]} | order_terms(terms)
        self.orders[name] = self.next_order_id
        self.next_order_id += 1
        self.submit(builders.an_order(**columns))

    def oco_line(self, words: list[str]) -> None:
        """oco o1 o2 alice sell 105 x 10 stop 95 limit 94"""
        first, second, account, side, *terms = words
        at = terms.index("limit")
        columns = order_terms(terms[:at] + terms[at + 2 :])
        self.orders |= {first: self.next_order_id, second: self.next_order_id + 1}
        self.next_order_id += 2
        self.submit(
            c.PlaceOco(
                instrument=builders.INSTRUMENT, account=self.account(account), side=SIDES[side],
                stop_price=int(terms[at + 1]),
                **{"order_type": OrderType.LIMIT, "time_in_force": TimeInForce.GTC} | columns,
            )
        )  # fmt: skip

    def amend_line(self, words: list[str]) -> None:
        """amend m1 alice [price 101] [quantity 5] [remaining 5] [trigger 110]"""
        name, account, *terms = words
        given = dict(zip(terms[::2], map(int, terms[1::2]), strict=True))
        self.submit(
            c.AmendOrder(
                account=self.account(account), order_id=self.orders.get(name, 999), price=given.get("price", 0),
                quantity=given.get("quantity", given.get("remaining", 0)), trigger_price=given.get("trigger", 0),
                quantity_is_remaining=int("remaining" in given),
            )
        )  # fmt: skip

    def cancel_line(self, words: list[str]) -> None:
        """cancel m1 alice"""
        self.submit(c.CancelOrder(account=self.account(words[1]), order_id=self.orders.get(words[0], 999)))

    def cancel_client_line(self, words: list[str]) -> None:
        """cancel-client 7 alice"""
        self.submit(c.CancelClientRef(account=self.account(words[1]), client_ref=int(words[0])))

    def cancel_all_line(self, words: list[str]) -> None:
        """cancel-all alice"""
        self.submit(c.CancelAll(account=self.account(words[0])))

    # expectations

    def say(self, event: events.Event, names: dict[int, str], closed: Iterator[Order]) -> list[str]:
        """Return an event as scenario lines; what goes without saying yields none."""
        if isinstance(event, events.Traded):
            text = f"fill {names[event.taker_order]} {names[event.maker_order]} {event.price} x {event.quantity}"
            charges = (event.taker_fee, event.taker_tax, event.maker_fee, event.maker_tax)
            if any(charges):
                text += f" fees {event.taker_fee} {event.maker_fee}"
            return [text + (f" taxes {event.taker_tax} {event.maker_tax}" if charges[1] or charges[3] else "")]
        if isinstance(event, events.Closed):
            assert next(closed).order_id == event.order_id
            reason = enums.CloseReason(event.reason)
            if reason is enums.CloseReason.FILLED:
                return []
            return [f"closed {names[event.order_id]} {reason.name.lower()} left {event.remaining}"]
        if isinstance(event, events.Rejected):
            return [f"rejected {enums.RejectReason(event.reason).name.lower()}"]
        if isinstance(event, events.Triggered):
            return [f"fires {names[event.order_id]}"]
        if isinstance(event, events.Repriced):
            return [f"moves {names[event.order_id]} {event.trigger_price or event.price}"]
        if isinstance(event, events.Amended):
            return [f"amended {names[event.order_id]} {'keeps' if event.kept_priority else 'loses'} place"]
        return []

    def compare(self, expected: list[str], line: str, at: int) -> None:
        """Compare what was said with what was expected; state lines are looked up afterwards."""
        states = [text for text in expected if text.split()[0] in ("rest", "waits", "gone")]
        told = [" ".join(text.split()) for text in expected if text not in states]
        said = self.said
        if told and told[0].startswith("sweeps"):
            said = [self.sweep()]
        assert said == told, f"block {at}, {line!r}:\n  said {said}\n  not  {told}"
        for text in states:
            self.check_state(text.split(), line)

    def sweep(self) -> str:
        """Return a long run of fills as one line."""
        fills = [text.split() for text in self.said]
        assert all(words[0] == "fill" for words in fills)
        return f"sweeps {len(fills)} fills {fills[0][3]} to {fills[-1][3]} of {sum(int(w[5]) for w in fills)}"

    def check_state(self, words: list[str], line: str) -> None:
        """rest t1 102 x 2; waits s1 95; gone t1"""
        order = self.exchange.order(self.orders[words[1]])
        if words[0] == "gone":
            assert order is None, f"{line!r}: {order}"
            return
        assert order is not None, f"{line!r}: {words[1]} is gone"
        if words[0] == "waits":
            assert order.is_waiting and order.trigger_price == int(words[2]), f"{line!r}: {order}"
        else:
            assert not order.is_waiting, f"{line!r}: {words[1]} waits"
            assert [str(order.price), str(order.remaining)] == [words[2], words[4]], f"{line!r}: {order}"

    def check(self, what: str, expected: list[str], line: str) -> None:
        """Check the book, some balances, or that nothing was created or lost."""
        if what == "zero-sum":
            self.exchange.audit()
        elif what == "book":
            book = [
                f"{name} {price} x {quantity}"
                for name, side in (("bid", Side.BUY), ("ask", Side.SELL))
                for price, quantity in self.exchange.depth(builders.INSTRUMENT, side, 100)
            ]
            assert book == [" ".join(text.split()) for text in expected], f"the book is {book}"
        else:
            for text in expected:
                self.check_balance(text.split())

    def check_balance(self, words: list[str]) -> None:
        """carol USDT [total 796] [held 204]"""
        total, held = self.exchange.balance(self.account(words[0]), ASSETS[words[1]])
        known = {"total": total, "held": held, "available": total - held}
        for name, amount in zip(words[2::2], words[3::2], strict=True):
            assert known[name] == int(amount), f"{' '.join(words[:2])}: {known}"


def order_terms(terms: list[str]) -> dict[str, int]:
    """Return the columns that an order's words name."""
    columns: dict[str, int] = {"price": 0, "quantity": 0}
    if terms[0] == "market":
        columns |= {"order_type": OrderType.MARKET, "time_in_force": TimeInForce.IOC}
    else:
        columns["price"] = int(terms[0])
    columns["budget" if terms[1] == "for" else "quantity"] = int(terms[2])
    words = iter(terms[3:])
    for word in words:
        columns |= option(word, words)
    return columns


def option(word: str, words: Iterator[str]) -> dict[str, int]:
    """Return the columns that one option of an order sets, taking its values from the words behind it."""
    if word in ("ioc", "fok"):
        return {"time_in_force": TimeInForce[word.upper()]}
    if word == "until":
        return {"time_in_force": TimeInForce.GTD, "expires_ns": int(next(words))}
    if word == "post-only":
        return {"post_only": 1}
    if word in SELF_TRADES:
        return {"self_trade": SELF_TRADES[word]}
    if word in ("stop", "take-profit"):
        return {"trigger": TRIGGERS[word], "trigger_price": int(next(words)), "trigger_source": PriceSource.LAST}
    if word in ("trail", "trail-ppm"):
        return {"trigger": TRIGGERS[word], "trail": int(next(words)), "trigger_source": PriceSource.LAST}
    if word == "on":
        return {"trigger_source": SOURCES[next(words)]}
    if word == "peg":
        return {"order_type": OrderType.PEG, "deviation_ppm": int(next(words))}
    if word == "show":
        return {"display_ppm": int(next(words))}
    if word == "client":
        return {"client_ref": int(next(words))}
    raise ValueError(f"unknown option {word!r}")


def repeated(match: re.Match[str], n: int) -> str:
    """Return the number that {n}, {100+n} or {100-n} stands for."""
    start = int(match[1] or 0)
    return str(start - n if match[2] == "-" else start + n)


def blocks(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Yield each line at the margin with the indented ones under it; comments and empty lines are passed over."""
    head, under = "", []
    for line in lines:
        text = line.split("#")[0].rstrip()
        if not text:
            continue
        if text[0].isspace():
            under.append(text.strip())
            continue
        if head:
            yield head, under
        head, under = text, []
    if head:
        yield head, under


def scenarios(folder: Path) -> list[Path]:
    """Return the scenario files of a folder."""
    return sorted(folder.glob("*.txt"))


def play(path: Path, exchange: Exchange) -> None:
    """Play a scenario file on an exchange."""
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[-1].strip() == "zero-sum", f"{path.name} must end with zero-sum"
    Table(exchange).play(lines)
