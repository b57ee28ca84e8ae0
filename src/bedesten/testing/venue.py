"""The venue of a test: where it answers, what may be done to it, and what can be seen of it.

Each method blocks until what it set off has settled. `venue.aio` has the same methods to be awaited.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import msgspec

from bedesten.bootstrap import Running
from bedesten.bootstrap.host import Host
from bedesten.bootstrap.templates import Template
from bedesten.domain.instruments import Instrument
from bedesten.services.sandbox import looks, shapes
from bedesten.services.sandbox.pacing import Advanced
from bedesten.services.sandbox.refusals import NotThere, SandboxRefused
from bedesten.services.sandbox.states import States
from bedesten.services.sandbox.steering import Steering
from bedesten.testing.faults import Faults, OnStage
from bedesten.testing.seen import BalanceSeen, BookSeen, FillSeen, KeyedAccount, OrderSeen
from bedesten.testing.words import Amount, Duration, amount_text, nanoseconds

T = TypeVar("T")

TRADER: Final = "trader1"


class TestVenue:
    """A venue that belongs to one test."""

    __test__ = False  # nothing for pytest to collect

    def __init__(self, host: Host) -> None:
        self._host = host
        self._forks: list[TestVenue] = []
        self.faults = Faults(OnStage(host))
        self.aio = InBackground(self)

    @classmethod
    def begin(cls, template: Template, transcript: str = "", *, rate_limits: bool | None = None) -> Self:
        """Return a venue of its own that stands where *template* was taken, on a free port.

        *transcript*: a file that its transcript is appended to. *rate_limits*: None: except under a manual clock.
        """
        changed = {"port": 0, "transcript": transcript, "rate_limits": rate_limits}
        settings = msgspec.structs.replace(template.settings, **changed)
        return cls(Host(settings, template=template))

    # ── where it is ──

    @property
    def url(self) -> str:
        """Where it answers: "http://127.0.0.1:40123"."""
        return self._host.url

    @property
    def ws_url(self) -> str:
        """The same for WebSockets."""
        return self.url.replace("http", "ws", 1)

    @property
    def trader(self) -> KeyedAccount:
        """The account with money that every venue has."""
        return self.known(TRADER)

    def known(self, name: str) -> KeyedAccount:
        """Return an account of the venue file, with its key. Raises: NotThere."""
        for each in self.running.venue_file.demo.accounts:
            if each.name == name:
                return KeyedAccount(each.name, each.api_key, each.api_secret)
        raise NotThere(f"the venue file has no account {name!r}")

    @property
    def running(self) -> Running:
        """The venue itself, for what is not here; it belongs to another thread: look at it inside `call`."""
        return self._host.running

    @property
    def seed(self) -> int:
        """Of everything that it draws."""
        return self.running.settings.seed

    @property
    def stamps(self) -> str:
        """By which clock customers stamp what they sign: "wall" or "venue"."""
        return self.running.settings.stamps

    @property
    def is_manual(self) -> bool:
        """Whether its time stands still until it is moved."""
        return self.running.settings.clock == "manual"

    @property
    def is_limited(self) -> bool:
        """Whether it refuses too many requests by itself."""
        return self._host.sandbox.stage.is_limited

    @property
    def now_ns(self) -> int:
        """Its time."""
        return self.running.venue.clock.now_ns()

    # ── time ──

    def advance(self, by: Duration, *, pace: str = "step", delivered: bool = False) -> Advanced:
        """Move its time on and return when everything due meanwhile has happened; *pace* "leap": in one go, for days.

        *delivered*: and the clients of sockets have read what they were sent. Raises: SandboxRefused.
        """
        if pace not in ("step", "leap"):
            raise SandboxRefused(f'pace is "step" or "leap", not {pace!r}')
        moved = self.call(self._steering.pacer.advance(nanoseconds(by), leap=pace == "leap"))
        if delivered and (unread := self.call(self._host.sandbox.stage.delivered())):
            raise SandboxRefused(
                f"{unread} sockets were not read; who reads in this thread cannot read while it advances"
            )
        return moved

    def until(self, is_true: Callable[[], bool], within: Duration = "1h") -> Advanced:
        """Move its time on to where *is_true*, which is asked in the venue's thread and may look, not act.

        Raises: AssertionError when it does not come true *within* that time.
        """
        told = self.call(self._steering.pacer.until(is_true, nanoseconds(within)))
        assert told.found, f"it did not come true within {within}"
        return told

    def until_order(
        self, client_id: str, *, is_: str = "filled", account: str = TRADER, within: Duration = "1h"
    ) -> OrderSeen:
        """Move its time on until an order is filled, or ended, and return it. Raises: AssertionError, NotThere."""
        asked = self._steering.until_order(account, client_id, nanoseconds(within))
        moved, record = self.call(asked)
        assert moved.found, f"order {client_id!r} did not end within {within}"
        found = OrderSeen.of(looks.order_told(self._steering, record))
        assert is_ in ("ended", found.ended), f"order {client_id!r} ended as {found.ended}, not {is_}"
        return found

    def settle(self) -> None:
        """Return when nothing is under way."""
        self.call(self._steering.settling.settle())

    # ── outcomes ──

    def fill(
        self, client_id: str, quantity: Amount | None = None, *, account: str = TRADER, through: bool = False
    ) -> Decimal:
        """Fill an open order at its own price, all of it or *quantity*; return how much.

        *through*: others' orders that stand before it are filled as well. Raises: NotThere, InTheWay, SandboxRefused.
        """
        wanted = "" if quantity is None else amount_text(quantity)
        order = next((each for each in self.orders(client_id=client_id, account=account) if each.is_open), None)
        if order is None:
            raise NotThere(f"there is no open order {client_id!r} of {account}")
        lots = self.call(self._steering.fill(account, client_id, wanted, through=through))
        self.settle()
        return Decimal(self._pair(order.pair).quantity_text(lots))

    def refuse(self, client_id: str, reason: str = "insufficient_balance", *, account: str = TRADER) -> None:
        """Have the order refused that will come under *client_id*: insufficient_balance, halted, post_only or suspended."""
        self.call(self._steering.arm(account, client_id, reason=reason))

    def arm(self, client_id: str, quantity: Amount | None = None, *, pair: str = "", account: str = TRADER) -> None:
        """Have the order filled as it comes that will come under *client_id*, all of it or *quantity* on *pair*."""
        wanted = "" if quantity is None else amount_text(quantity)
        self.call(self._steering.arm(account, client_id, quantity=wanted, pair=pair))

    def halt(self, pair: str) -> None:
        """Let a pair take nothing any more."""
        self.call(self._steering.set_state(pair, "halted"))
        self.settle()

    def resume(self, pair: str) -> None:
        """Let a pair trade again."""
        self.call(self._steering.set_state(pair, "trading"))
        self.settle()

    # ── the simulated market ──

    def price(self, asset: str, *, to: Amount = "", by: str = "", over: Duration = 0) -> None:
        """Move an asset's price *to* so many dollars, where it stands then, or *by* a share of it, "-30%"; it walks on."""
        wanted, over_ns = amount_text(to), nanoseconds(over)
        self._look(lambda: self._steering.move_price(asset, to=wanted, by=by, over_ns=over_ns))

    def follow(self, asset: str) -> None:
        """Let an asset's price walk by itself again, from where it stands."""
        self._look(lambda: self._steering.follow_price(asset))

    def replay_prices(self, recording: Path | str, *, is_from_now: bool = True) -> None:
        """Let prices be what was recorded, CSV with the columns time_ns, asset, usd: a file, or its text.

        is_from_now: its first row comes now; otherwise each comes at its own time.
        """
        text = recording.read_text() if isinstance(recording, Path) else recording
        self._look(lambda: self._steering.replay_prices(text, is_from_now=is_from_now))

    def live(
        self, pair: str, *, makers: bool | None = None, noise: bool | None = None, spread_times: int | None = None
    ) -> None:
        """Let a pair have makers, noise traders, both or neither, and its makers a wider spread; None: as it is."""
        self.call(self._steering.live(pair, makers=makers, noise=noise, spread_times=spread_times))
        self.settle()

    # ── scenarios ──

    def play(self, scenario: Path | str) -> None:
        """Begin a scenario: a packaged one by its name, "flash-crash", or a TOML file. It comes as time is advanced.

        Raises: NotThere, SandboxRefused; OSError.
        """
        if isinstance(scenario, Path):
            told = {"toml": scenario.read_text(encoding="utf-8")}
        else:
            told = {"toml" if "\n" in scenario else "name": scenario}
        self._look(lambda: self._host.sandbox.player.play(**told))
        self.settle()

    def operate(self, operation: str, **form: Any) -> list[dict[str, Any]]:
        """Do what an operator can do (docs/operations.md), and return its rows. Raises: NotThere, ServiceError."""
        rows = self.call(self._steering.operate(operation, form))
        self.settle()
        return rows

    # ── accounts ──

    def account(self, name: str = "", **balances: Amount) -> KeyedAccount:
        """Open an account with these balances: `venue.account(USD="1000", BTC="0.5")`."""
        name = name or f"account{len(self._look(self.running.venue.accounts.all))}"
        given = {code: amount_text(amount) for code, amount in balances.items()}
        account, key = self.call(self._steering.open_account(name, given))
        self.settle()
        return KeyedAccount(account.name, key.key, key.secret)

    def deposit(self, asset: str, amount: Amount, *, account: str = TRADER, network: str = "") -> None:
        """Credit an account at once; over *network*: pay its address there, and it is credited some blocks on."""
        self.call(self._steering.deposit(account, asset, amount_text(amount), network))
        self.settle()

    # ── states ──

    def save(self, name: str) -> None:
        """Keep everything as it stands under a name. Raises: SandboxRefused."""
        self.call(self._states.save(name))

    def restore(self, name: str) -> None:
        """Begin again from what was saved, at the same address; sockets end with 1012, faults are forgotten.

        Raises: NotThere.
        """
        self._host.begin_again(lambda states: states.restore(name))

    def reset(self) -> None:
        """Begin again from where the test began."""
        self._host.begin_again(lambda states: states.reset())

    def fork(self) -> TestVenue:
        """Return another venue, on a port of its own, that stands where this one does."""
        forked = TestVenue.begin(self.call(self.running.template()))
        self._forks.append(forked)
        return forked

    # ── looking ──

    def orders(self, *, client_id: str = "", account: str = TRADER, pair: str = "") -> list[OrderSeen]:
        """Return an account's orders, open and ended, oldest first."""
        asked = shapes.OrdersAsked(account, client_id, pair)
        return list(map(OrderSeen.of, self.call(looks.orders(self._steering, asked))))

    def fills(self, *, client_id: str = "", account: str = TRADER) -> list[FillSeen]:
        """Return an account's fills, oldest first."""
        return list(map(FillSeen.of, self.call(looks.fills(self._steering, shapes.FillsAsked(account, client_id)))))

    def balance(self, asset: str, *, account: str = TRADER) -> BalanceSeen:
        """Return what an account has of an asset."""
        return BalanceSeen.of(self.call(looks.balance(self._steering, shapes.BalanceAsked(account, asset))))

    def book(self, pair: str, limit: int = 20) -> BookSeen:
        """Return the best levels of a book."""
        return BookSeen.of(self.call(looks.book(self._steering, shapes.BookAsked(pair, limit))))

    @property
    def transcript(self) -> list[dict[str, Any]]:
        """What came and went over the wire, oldest first: the last thousands of lines."""
        return self._look(lambda: self._host.sandbox.stage.transcript.lines())

    def digest(self) -> str:
        """Return a hash of the books, the ledger and all that services remember."""
        state = self.running.venue.sequencer.state
        return self._look(lambda: f"{state.machine.digest()} {state.folds.digest()}")

    # ── its end ──

    def complaints(self) -> list[str]:
        """Return what is wrong at the end of a test: a ledger that does not balance, what was armed or set and never came."""
        return self._verdict().wrong

    def blocked(self) -> list[str]:
        """Return the requests whose client waits for the venue's time, in words."""
        return self._verdict().blocked

    def _verdict(self) -> shapes.Verdict:
        return self._look(lambda: looks.verdict(self._steering, self._host.sandbox.player))

    def log(self) -> list[str]:
        """Return what its process wrote about itself: nothing, it has none of its own."""
        return []

    def stop(self) -> list[str]:
        """Stop it and its forks; return what went wrong in it."""
        for fork in self._forks:
            fork.stop()
        failed = self._host.stop()
        return [] if failed is None else [f"the venue stopped: {failed}"]

    # ── inside ──

    def call(self, work: Awaitable[T]) -> T:
        """Return what *work* does in the venue's loop. Raises: what it raises."""

        async def done() -> T:
            return await work

        return self._host.call(done())

    def _look(self, ask: Callable[[], T]) -> T:
        return self._host.look(ask)

    @property
    def _steering(self) -> Steering:
        return self._host.sandbox.steering

    @property
    def _states(self) -> States:
        assert self.running.states is not None, "a host serves with states"
        return self.running.states

    def _pair(self, name: str) -> Instrument:
        return self._steering.pair(name)


class InBackground:
    """A venue's methods, to be awaited: the test's own loop runs on meanwhile."""

    def __init__(self, venue: object) -> None:
        self._venue = venue

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._venue, name)

        def awaited(*args: Any, **named: Any) -> Awaitable[Any]:
            return asyncio.to_thread(method, *args, **named)

        return awaited
