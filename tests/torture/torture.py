"""Kill after kill: start a server, find out what became of the last work, work, kill, look at the files.

Stops at the first breach. Workload: four customers, a connection each, who place and take back orders of BTC-USD (half of them
meet) by BTSE's and BtcTurk's API, send one another money, move it within their families, convert, accept quotes, withdraw over a
network, and by BITGIN's API and the operator's socket pay in and out by bank and send what waits for a link in an e-mail, each as
fast as it is answered; three subscriptions listen. A
kill comes by itself at a named place (storage/kill_points.py), or from outside after a random time.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Final, NamedTuple

from bedesten.dialects.btse.ids import ORDERS
from bedesten.storage.kill_points import OF_SNAPSHOTS, OF_STARTS, KillPoint
from tests.torture.books import Account, Breach, Call
from tests.torture.checks import Files, book, compare_balances, settle
from tests.torture.clients import Trader
from tests.torture.listeners import Heard, Listener, listen
from tests.torture.matters import Clerk
from tests.torture.stage import Served, Stage, children, customers
from tests.torture.wires import GONE, Operator, Wire

REACH_S: Final = 8  # for work to come by a place; then it is killed from outside
NTH_MAX: Final = {KillPoint.REPLAYED: 60, KillPoint.START_FOLDED: 1, KillPoint.START_UNFOLDED: 1}
RARE: Final = frozenset({KillPoint.INDEX_BEGUN, KillPoint.INDEX_WRITTEN})
ONCE: Final = frozenset({*OF_SNAPSHOTS, *NTH_MAX, KillPoint.INDEX_BEGUN, KillPoint.INDEX_WRITTEN})
EARLY: Final = 3
OFTEN: Final = 120  # commits in a second or so of work
END_S: Final = 30  # for the last withdrawals


class Kill(NamedTuple):
    """When a server ends: by itself at the nth coming by a place, or after so many seconds of work."""

    point: KillPoint | None
    nth: int = 1
    after_s: float = 0.0

    def __str__(self) -> str:
        return f"after {self.after_s:.2f} s" if self.point is None else f"{self.point.value}:{self.nth}"


def plan(kills: int, dice: random.Random) -> list[Kill]:
    """Return the kills: every named place in turn, and between them one in four at a random moment."""
    made: list[Kill] = []
    points: list[KillPoint] = []
    while len(made) < kills:
        points = points or dice.sample(list(KillPoint), len(KillPoint))
        if len(made) % 4 == 3:
            made.append(Kill(None, after_s=dice.uniform(0.02, 1.2)))
            continue
        point = points.pop()
        most = 1 if point in OF_SNAPSHOTS else 12 if point in RARE else OFTEN
        made.append(Kill(point, dice.randint(1, NTH_MAX.get(point, most)), dice.uniform(0.02, 0.5)))
    return made


def _name(kill: Kill) -> str:
    return kill.point.value if kill.point is not None else "from outside"


def every_place(dice: random.Random) -> list[Kill]:
    """Return a kill at each named place, early, and two at a random moment: the short run."""
    kills = [Kill(point, 1 if point in ONCE else dice.randint(1, EARLY), 0.1) for point in KillPoint]
    kills += [Kill(None, after_s=dice.uniform(0.05, 0.4)) for _ in range(2)]
    dice.shuffle(kills)
    return kills


class Torture:
    """A venue, the books of its clients, and what was heard of it."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.customers = customers()
        self.children = children()
        self.accounts = [Account(at) for at in range(len(self.customers))]
        self.families = [
            *self.accounts,
            *(Account(at + len(self.accounts), Decimal(0)) for at in range(len(self.children))),
        ]
        self.heard = Heard()
        self.files = Files(stage.data)
        self.round = 0
        self.asked = 0
        self.newest_order = 0
        self.done: list[Call] = []  # booked since the files were looked at
        self.moved: Counter[str] = Counter()  # how often money moved, by what moved it
        self.reached: Counter[str] = Counter()
        self.in_check = 0  # kills that came while the books were being compared

    def open(self) -> None:
        """Build the venue."""
        self.stage.build()

    def suffer(self, kill: Kill) -> None:
        """Start, check, work, be killed, check the files. Raises: Breach, or what a check raises."""
        self.round += 1
        of_server = kill.point is not None and kill.point not in OF_SNAPSHOTS
        served = self.stage.start(str(kill) if of_server else "")
        if served is None:
            self.reached[_name(kill)] += 1
            if kill.point not in OF_STARTS:
                self.in_check += 1
        else:
            try:
                self._live(served, kill)
            finally:
                served.kill()
        self._look_at_files()

    def _live(self, served: Served, kill: Kill) -> None:
        listeners = listen(served.port, self.heard)
        try:
            self.settle(served)
        except GONE:
            self.in_check += 1
            self._note(kill, is_dead=served.died(REACH_S))
            self._end(served, [], listeners)
            return
        traders = [Trader(self._clerk(served, account.at), account, str(self.round)) for account in self.accounts]
        for each in traders:
            each.start()
        if kill.point is None:
            time.sleep(kill.after_s)
        elif kill.point in OF_SNAPSHOTS:
            time.sleep(kill.after_s)
            self._note(kill, is_dead=self.stage.snapshot(str(kill)) == -9)
        else:
            self._note(kill, is_dead=self._wait(served, traders, listeners))
        self._end(served, traders, listeners)

    def _wait(self, served: Served, traders: list[Trader], listeners: list[Listener]) -> bool:
        end = time.monotonic() + REACH_S
        while time.monotonic() < end:
            if served.died(0.1):
                return True
            if any(each.breach for each in list[Trader | Listener]([*traders, *listeners])):
                return False
        return False

    def _note(self, kill: Kill, *, is_dead: bool) -> None:
        if is_dead:
            self.reached[_name(kill)] += 1

    def _end(self, served: Served, traders: list[Trader], listeners: list[Listener]) -> None:
        served.kill()
        for each in list[Trader | Listener]([*traders, *listeners]):
            each.join(REACH_S)
            if each.breach is not None:
                raise each.breach
        self.asked += sum(each.asked for each in traders)
        new = [
            number
            for account in self.accounts
            for order in account.orders.values()
            if order.client_id.split("-")[1] == str(self.round) and (number := ORDERS.number(order.number)) is not None
        ]
        if len(set(new)) != len(new) or min(new, default=self.newest_order + 1) <= self.newest_order:
            raise Breach(f"order ids went back behind {self.newest_order}: {sorted(new)[:5]}")
        self.newest_order = max(new, default=self.newest_order)

    def _look_at_files(self) -> None:
        self.files.check()
        unbooked = [call for account in self.accounts for call in account.calls if call.is_done]
        self.files.hold(self.accounts, [*self.done, *unbooked])
        self.done = []
        if lost := self.heard.unlooked - self.files.trades():
            raise Breach(f"trades were heard and are lost: {sorted(lost)[:5]}")
        self.heard.unlooked = set()

    def settle(self, served: Served, *, is_final: bool = False) -> bool:
        """Find out what became of the last work and compare; return whether withdrawals are through. Raises: GONE, Breach."""
        clerks = [self._clerk(served, account.at) for account in self.accounts]
        wires = [*(clerk.wire for clerk in clerks), *(Wire(served.port, each.key) for each in self.children)]
        try:
            for clerk, account in zip(clerks, self.accounts, strict=True):
                settle(clerk, account, self.files)
            self.done += book(self.families, self.moved)
            through = True
            for wire, account in zip(wires, self.families, strict=True):
                through &= compare_balances(wire, account, is_final=is_final)
            return through
        finally:
            for wire in wires:
                wire.close()

    def _clerk(self, served: Served, at: int) -> Clerk:
        customer = self.customers[at]
        return Clerk(Wire(served.port, customer.key), Operator(self.stage.data), customer, self.customers)

    def close(self) -> None:
        """Wait for the last withdrawals, and compare everything once more. Raises: Breach."""
        served = self.stage.start()
        assert served is not None
        try:
            end = time.monotonic() + END_S
            while not self.settle(served) and time.monotonic() < end:
                time.sleep(0.5)
            self.settle(served, is_final=True)
        finally:
            served.kill()
        self._look_at_files()
        asked, paid = sum(account.withdrawals for account in self.accounts), self.files.payments()
        if asked != paid:
            raise Breach(f"{asked} withdrawals were made, and the chain paid {paid}")

    def story(self) -> str:
        """Return what was done, in a line."""
        return (
            f"{self.round} kills, {sum(self.reached.values())} of them at a named place and {self.in_check} during a check; "
            f"{self.asked:,} requests, {self.files.seq:,} commands, {self.heard.frames:,} frames; "
            + ", ".join(f"{kind} {count:,}" for kind, count in sorted(self.moved.items()))
        )


def torture(stage: Stage, kills: list[Kill], tell: Callable[[int, Kill], None] = lambda at, kill: None) -> Torture:
    """Let a venue suffer all *kills*. Raises: Breach, or what a check raises, naming the kill."""
    victim = Torture(stage)
    victim.open()
    for at, kill in enumerate(kills, 1):
        try:
            victim.suffer(kill)
        except BaseException as error:
            error.add_note(f"at kill {at}: {kill}; the directory is {stage.data}")
            raise
        tell(at, kill)
    victim.close()
    return victim
