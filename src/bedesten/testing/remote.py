"""A venue that answers elsewhere, driven over `/sandbox`: the methods of `TestVenue`, one request each.

Owns no venue: whoever serves it ends it (bedesten.testing.process). What a venue refuses is raised as in this process.
"""

from __future__ import annotations

import contextlib
import http.client
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from bedesten.services.sandbox import shapes
from bedesten.services.sandbox.pacing import Advanced
from bedesten.services.sandbox.refusals import InTheWay, NotThere, SandboxRefused
from bedesten.services.sandbox.rules import Rule
from bedesten.testing.faults import Faults
from bedesten.testing.seen import BalanceSeen, BookSeen, FillSeen, KeyedAccount, OrderSeen
from bedesten.testing.venue import TRADER, InBackground
from bedesten.testing.words import Amount, Duration, amount_text, nanoseconds, text_of

T = TypeVar("T")

WAIT_S: Final = 600.0  # an hour of a busy demo, stepped, on a slow machine
REFUSALS: Final[Mapping[int, type[Exception]]] = {404: NotThere, 409: InTheWay}


class VenueGone(Exception):
    """A venue that answers no more, with what is known of why."""


class RemoteVenue:
    """A sandbox at an address."""

    __test__ = False  # nothing for pytest to collect

    def __init__(self, url: str, *, seed: int = 1, stamps: str = "wall", is_manual: bool = True) -> None:
        """*url*: "http://127.0.0.1:8080". The rest: how it was begun, for the report of a failed test."""
        self.url = url
        self.seed = seed
        self.stamps = stamps
        self.is_manual = is_manual
        self.is_limited = not is_manual
        self.faults = Faults(OverWire(self))
        self.aio = InBackground(self)
        self._forks: list[RemoteVenue] = []

    # ── where it is ──

    @property
    def ws_url(self) -> str:
        """Where its WebSockets answer."""
        return self.url.replace("http", "ws", 1)

    @property
    def trader(self) -> KeyedAccount:
        """The account with money that every venue with a demo has."""
        return self.known(TRADER)

    def known(self, name: str) -> KeyedAccount:
        """Return an account of the venue file, with its key. Raises: NotThere."""
        for each in self.ask("/demo", dict[str, Any])["accounts"]:
            if each["name"] == name:
                return KeyedAccount(each["name"], each["api_key"], each["api_secret"])
        raise NotThere(f"the venue file has no account {name!r}")

    @property
    def now_ns(self) -> int:
        """Its time."""
        return self.state().now_ns

    def state(self) -> shapes.State:
        """Return how it stands."""
        return self.ask("/sandbox", shapes.State)

    # ── time ──

    def advance(self, by: Duration, *, pace: str = "step", delivered: bool = False) -> Advanced:
        """Move its time on and return when everything due meanwhile has happened; *pace* "leap": in one go, for days.

        *delivered*: and the clients of sockets have read what they were sent. Raises: SandboxRefused.
        """
        moved = self.steer("clock/advance", shapes.Moved, by=f"{nanoseconds(by)}ns", pace=pace, delivered=delivered)
        if moved.unread:
            raise SandboxRefused(
                f"{moved.unread} sockets were not read; who reads in this thread cannot read while it advances"
            )
        return Advanced(moved.now_ns, moved.steps, moved.commands, pace)

    def until(self, is_true: Callable[[], bool], within: Duration = "1h") -> Advanced:
        """Move its time on to where *is_true*, which is asked in this thread at each instant at which anything was due.

        Raises: AssertionError when it does not come true *within* that time.
        """
        now_ns = self.now_ns
        end_ns, steps, commands = now_ns + nanoseconds(within), 0, 0
        while not (found := is_true()) and now_ns < end_ns:
            moved = self.steer("clock/advance", shapes.Moved, by=f"{end_ns - now_ns}ns", pace="next")
            now_ns, steps, commands = moved.now_ns, steps + moved.steps, commands + moved.commands
        assert found, f"it did not come true within {within}"
        return Advanced(now_ns, steps, commands, "step")

    def until_order(
        self, client_id: str, *, is_: str = "filled", account: str = TRADER, within: Duration = "1h"
    ) -> OrderSeen:
        """Move its time on until an order is filled, or ended, and return it. Raises: AssertionError, NotThere."""
        asked = {"account": account, "client_id": client_id, "within": text_of(within)}
        told = self.steer("clock/until", shapes.Ended, **asked)
        assert told.found, f"order {client_id!r} did not end within {within}"
        assert is_ in ("ended", told.ended), f"order {client_id!r} ended as {told.ended}, not {is_}"
        return self.orders(client_id=client_id, account=account)[-1]

    def settle(self) -> None:
        """Return when nothing is under way."""
        self.advance(0)

    # ── outcomes ──

    def fill(
        self, client_id: str, quantity: Amount | None = None, *, account: str = TRADER, through: bool = False
    ) -> Decimal:
        """Fill an open order at its own price, all of it or *quantity*; return how much.

        *through*: others' orders that stand before it are filled as well. Raises: NotThere, InTheWay, SandboxRefused.
        """
        wanted = "" if quantity is None else amount_text(quantity)
        before = next((each for each in self.orders(client_id=client_id, account=account) if each.is_open), None)
        if before is None:
            raise NotThere(f"there is no open order {client_id!r} of {account}")
        self.steer("orders/fill", shapes.Filled, account=account, client_id=client_id, quantity=wanted, through=through)
        after = next(each for each in self.orders(client_id=client_id, account=account) if each.id == before.id)
        return after.filled - before.filled

    def refuse(self, client_id: str, reason: str = "insufficient_balance", *, account: str = TRADER) -> None:
        """Have the order refused that will come under *client_id*: insufficient_balance, halted, post_only or suspended."""
        self.steer("orders/arm", account=account, client_id=client_id, reason=reason)

    def arm(self, client_id: str, quantity: Amount | None = None, *, pair: str = "", account: str = TRADER) -> None:
        """Have the order filled as it comes that will come under *client_id*, all of it or *quantity* on *pair*."""
        wanted = "" if quantity is None else amount_text(quantity)
        self.steer("orders/arm", account=account, client_id=client_id, quantity=wanted, pair=pair)

    def halt(self, pair: str) -> None:
        """Let a pair take nothing any more."""
        self.steer("pairs", pair=pair, state="halted")

    def resume(self, pair: str) -> None:
        """Let a pair trade again."""
        self.steer("pairs", pair=pair, state="trading")

    # ── the simulated market ──

    def price(self, asset: str, *, to: Amount = "", by: str = "", over: Duration = 0) -> None:
        """Move an asset's price *to* so many dollars, where it stands then, or *by* a share of it, "-30%"; it walks on."""
        self.steer("prices", asset=asset, to=amount_text(to), by=by, over=f"{nanoseconds(over)}ns")

    def follow(self, asset: str) -> None:
        """Let an asset's price walk by itself again, from where it stands."""
        self.steer("prices/follow", asset=asset)

    def replay_prices(self, recording: Path | str, *, is_from_now: bool = True) -> None:
        """Let prices be what was recorded, CSV with the columns time_ns, asset, usd: a file, or its text.

        is_from_now: its first row comes now; otherwise each comes at its own time.
        """
        text = recording.read_text() if isinstance(recording, Path) else recording
        self.steer("prices/replay", csv=text, is_from_now=is_from_now)

    def live(
        self, pair: str, *, makers: bool | None = None, noise: bool | None = None, spread_times: int | None = None
    ) -> None:
        """Let a pair have makers, noise traders, both or neither, and its makers a wider spread; None: as it is."""
        self.steer("pairs/life", pair=pair, makers=makers, noise=noise, spread_times=spread_times)

    # ── scenarios ──

    def play(self, scenario: Path | str) -> None:
        """Begin a scenario: a packaged one by its name, "flash-crash", or a TOML file. It comes as time is advanced.

        Raises: NotThere, SandboxRefused; OSError.
        """
        if isinstance(scenario, Path):
            self.steer("play", shapes.Playing, toml=scenario.read_text(encoding="utf-8"))
        else:
            self.steer("play", shapes.Playing, **{"toml" if "\n" in scenario else "name": scenario})

    def operate(self, operation: str, **form: Any) -> list[dict[str, Any]]:
        """Do what an operator can do (docs/operations.md), and return its rows. Raises: NotThere, SandboxRefused."""
        told: shapes.Rows = self.steer("operate", shapes.Rows, operation=operation, form=form)
        return told.rows

    # ── accounts ──

    def account(self, name: str = "", **balances: Amount) -> KeyedAccount:
        """Open an account with these balances: `venue.account(USD="1000", BTC="0.5")`."""
        given = {code: amount_text(amount) for code, amount in balances.items()}
        name = name or f"account{self.state().seq}"
        opened = self.steer("accounts", shapes.Opened, name=name, balances=given)
        return KeyedAccount(opened.account, opened.api_key, opened.api_secret)

    def deposit(self, asset: str, amount: Amount, *, account: str = TRADER, network: str = "") -> None:
        """Credit an account at once; over *network*: pay its address there, and it is credited some blocks on."""
        self.steer("deposits", account=account, asset=asset, amount=amount_text(amount), network=network)

    # ── states ──

    def save(self, name: str) -> None:
        """Keep everything as it stands under a name. Raises: SandboxRefused."""
        self.steer("states/save", name=name)

    def restore(self, name: str) -> None:
        """Begin again from what was saved, at the same address; sockets end with 1012, faults are forgotten.

        Raises: NotThere.
        """
        self.steer("states/restore", name=name)

    def reset(self) -> None:
        """Begin again from where it began."""
        self.steer("reset")

    def fork(self) -> RemoteVenue:
        """Return another venue, on a port of its own, that stands where this one does."""
        url = self.steer("forks", shapes.Place).url
        forked = RemoteVenue(url, seed=self.seed, stamps=self.stamps, is_manual=self.is_manual)
        self._forks.append(forked)
        return forked

    # ── looking ──

    def orders(self, *, client_id: str = "", account: str = TRADER, pair: str = "") -> list[OrderSeen]:
        """Return an account's orders, open and ended, oldest first."""
        told = self.steer("orders", list[shapes.OrderTold], account=account, client_id=client_id, pair=pair)
        return list(map(OrderSeen.of, told))

    def fills(self, *, client_id: str = "", account: str = TRADER) -> list[FillSeen]:
        """Return an account's fills, oldest first."""
        return list(map(FillSeen.of, self.steer("fills", list[shapes.FillTold], account=account, client_id=client_id)))

    def balance(self, asset: str, *, account: str = TRADER) -> BalanceSeen:
        """Return what an account has of an asset."""
        return BalanceSeen.of(self.steer("balances", shapes.BalanceTold, account=account, asset=asset))

    def book(self, pair: str, limit: int = 20) -> BookSeen:
        """Return the best levels of a book."""
        return BookSeen.of(self.steer("books", shapes.BookTold, pair=pair, limit=limit))

    @property
    def transcript(self) -> list[dict[str, Any]]:
        """What came and went over the wire, oldest first: the last thousands of lines."""
        return self.ask("/sandbox/transcript", list[dict[str, Any]])

    def digest(self) -> str:
        """Return a hash of the books and the ledger."""
        return self.state().digest

    # ── its end ──

    def complaints(self) -> list[str]:
        """Return what is wrong at the end of a test: a ledger that does not balance, what was armed or set and never came."""
        return self._verdict().wrong

    def blocked(self) -> list[str]:
        """Return the requests whose client waits for the venue's time, in words."""
        return self._verdict().blocked

    def _verdict(self) -> shapes.Verdict:
        return self.ask("/sandbox/verdict", shapes.Verdict)

    def log(self) -> list[str]:
        """Return what its process wrote about itself: it is not this one's to read."""
        return []

    def stop(self) -> list[str]:
        """End the copies that were made here; who serves the venue ends it. Return what went wrong."""
        for forked in self._forks:
            self.steer("forks/end", url=forked.url)
        self._forks.clear()
        return []

    # ── inside ──

    def steer(self, path: str, answer: type[Any] = shapes.Done, **form: Any) -> Any:
        """Ask something of the sandbox and return its answer. Raises: NotThere, InTheWay, SandboxRefused; VenueGone."""
        return self.ask(f"/sandbox/{path}", answer, form)

    def ask(self, path: str, answer: type[T], form: Mapping[str, Any] | None = None) -> T:
        """Return what is answered to a GET, or to a POST of *form*. Raises: as `steer`."""
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=WAIT_S)
        body = None if form is None else msgspec.json.encode(form)
        try:
            with contextlib.closing(connection):
                connection.request("GET" if form is None else "POST", path, body, {"content-type": "application/json"})
                got = connection.getresponse()
                told = got.read()
        except (OSError, http.client.HTTPException) as error:
            raise VenueGone(f"the venue at {self.url} answers no more ({error}){self._fate()}") from error
        if got.status == 200:
            return msgspec.json.decode(told, type=answer)
        raise REFUSALS.get(got.status, SandboxRefused)(msgspec.json.decode(told, type=shapes.SandboxRefusal).message)

    def _fate(self) -> str:
        return ""


class OverWire:
    """The edge of a venue elsewhere."""

    def __init__(self, venue: RemoteVenue) -> None:
        self._venue = venue

    def add(self, rule: Rule) -> int:
        """Put a rule in force and return its number."""
        number: int = self._venue.steer("faults", **msgspec.to_builtins(rule)).number
        return number

    def remove(self, number: int) -> None:
        """Take a rule out of force. Raises: NotThere."""
        self._venue.steer("faults/remove", number=number)

    def skew(self, by_ns: int) -> None:
        """Let the customers' clocks be behind by this much."""
        self._venue.steer("clock/skew", by=f"{by_ns}ns")

    def clear(self) -> None:
        """Take every rule out of force."""
        self._venue.steer("faults/clear")

    def in_force(self) -> list[str]:
        """Return the rules in force, in words."""
        return self._venue.state().faults
