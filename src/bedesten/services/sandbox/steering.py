"""Steering: everything that the driver of a sandbox may ask, over one venue. What asks (HTTP, a fixture) adds only its own words.

Owns no rule of trading: each wish becomes what an operator or a customer could do as well, or a group of ordinary commands.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from bedesten.core import InvariantError
from bedesten.domain.enums import SendStage
from bedesten.domain.instruments import Asset, Instrument
from bedesten.domain.money import to_units
from bedesten.services.accounts.accounts import Balance
from bedesten.services.errors import OperationRefused
from bedesten.services.market.market_data import Depth
from bedesten.services.operator import forms, instruments
from bedesten.services.operator.operations import Operations
from bedesten.services.operator.table import BY_NAME
from bedesten.services.sandbox.outcomes import Outcomes
from bedesten.services.sandbox.pacing import Advanced, Pacer
from bedesten.services.sandbox.refusals import NotThere, SandboxRefused
from bedesten.services.sandbox.rules import Edge
from bedesten.services.sandbox.settling import Settling
from bedesten.services.sandbox.simulated import Simulated, move
from bedesten.services.store_types import Account, ApiKey, Fill, OrderRecord, Permission
from bedesten.services.venue import Venue

DRIVER: Final = "sandbox"  # in the audit log, who asked for an operation
#: What may become of a withdrawal, and what of chain_faults brings it about.
FATES: Final = {"stuck": "delay", "sent": "include", "failed": "fail"}
EVERYTHING = Permission.READ | Permission.TRADING | Permission.TRANSFER | Permission.WALLET | Permission.WITHDRAW


class Steering:
    """One sandbox, as its driver sees it."""

    def __init__(
        self, venue: Venue, settling: Settling, pacer: Pacer, edge: Edge, house: Callable[[], Sequence[int]]
    ) -> None:
        """*house*: the simulation's own accounts."""
        self.edge = edge
        self.pacer = pacer
        self.settling = settling
        self.outcomes = Outcomes(venue.sequencer, venue.catalogue, venue.accounts, house)
        self.on_control: Callable[[str, Mapping[str, Any]], None] = lambda path, form: None  # as HTTP asks
        self._venue = venue
        self._simulated: Simulated | None = None
        venue.trading.submit_by(self.outcomes.submit)

    # ── who and what ──

    def account(self, name: str) -> Account:
        """Return the account of that name. Raises: NotThere."""
        found = self._venue.accounts.by_name(name)
        if found is None:
            raise NotThere(f"there is no account {name!r}")
        return found

    def pair(self, name: str) -> Instrument:
        """Return the instrument of that name: "BTC-USD". Raises: NotThere."""
        found = self._venue.catalogue.instrument(name)
        if found is None:
            raise NotThere(f"there is no pair {name!r}")
        return found

    def asset(self, code: str) -> Asset:
        """Return the asset of that code. Raises: NotThere."""
        found = self._venue.catalogue.asset(code)
        if found is None:
            raise NotThere(f"there is no asset {code!r}")
        return found

    # ── accounts and money ──

    async def open_account(self, name: str, balances: Mapping[str, str]) -> tuple[Account, ApiKey]:
        """Open an account with money and a key that may do everything.

        Raises: NotThere, SandboxRefused; NameTaken, NameRefused.
        """
        self.on_control("/sandbox/accounts", {"name": name, "balances": dict(balances)})
        amounts = {
            code: self._units(code, amount) for code, amount in balances.items()
        }  # all of it is sound, or nothing is done
        account = await self._venue.accounts.open(name)
        for code, amount in amounts.items():
            await self._venue.accounts.deposit(account.id, code, amount)
        return account, await self._venue.keys.create(account.id, [EVERYTHING], label="sandbox")

    async def deposit(self, account: str, code: str, amount: str, network: str = "") -> None:
        """Credit an account at once; over *network*, pay its address there, to be credited once that is confirmed.

        Raises: NotThere, SandboxRefused.
        """
        form = {"account": account, "asset": code, "amount": amount, "network": network}
        self.on_control("/sandbox/deposits", form)
        asset, to, units = self.asset(code), self.account(account), self._units(code, amount)
        if not network:
            refused = (await self._venue.accounts.deposit(to.id, code, units)).reject
            if refused is not None:
                raise SandboxRefused(f"the deposit was refused: {refused.name.lower()}")
            return
        found = self._venue.network_deposits.network(asset, network)
        if found is None:
            raise NotThere(f"{code} has no network {network!r}")
        address, _ = await self._venue.network_deposits.create_address(to.id, asset, found)
        await self._venue.network_deposits.fund(found, asset, units, address.to)

    def _units(self, code: str, amount: str) -> int:
        try:
            units = to_units(amount, scale=self.asset(code).scale)
        except ValueError as error:
            raise SandboxRefused(f"{amount!r} is no amount of {code}: {error}") from error
        if units <= 0:
            raise SandboxRefused(f"{amount!r} of {code} is nothing")
        return units

    async def withdrawal(self, account: str, fate: str) -> None:
        """Decide what becomes of an account's newest withdrawal whose payment is under way: FATES.

        Raises: NotThere, SandboxRefused.
        """
        self.on_control("/sandbox/withdrawals", {"account": account, "fate": fate})
        if fate not in FATES:
            raise SandboxRefused(f"{fate!r} is no fate of a withdrawal; there are {', '.join(FATES)}")
        number = self.account(account).id
        sent = [
            each.id
            for each in self._venue.network_withdrawals.open()
            if each.account == number and each.stage is SendStage.SENT
        ]
        if not sent:
            raise NotThere(f"no payment of a withdrawal of {account} is under way")
        await getattr(self._venue.chain_faults, FATES[fate])(max(sent))

    # ── operators ──

    async def operate(self, operation: str, form: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Do what an operator can do, and return its rows. Raises: NotThere; ServiceError."""
        if operation not in BY_NAME:
            raise NotThere(f"there is no operation {operation[:40]!r}")
        self.on_control("/sandbox/operate", {"operation": operation, "form": dict(form)})
        return await Operations(self._venue).call(operation, form, DRIVER)

    # ── faults ──

    def remove_fault(self, number: int) -> None:
        """Take a rule out of force. Raises: NotThere."""
        if not self.edge.faults.remove(number):
            raise NotThere(f"no fault {number} is in force")

    # ── markets ──

    async def set_state(self, pair: str, state: str) -> None:
        """Bring a pair into a state: trading, halted, cancel_only or post_only_session. Raises: NotThere, SandboxRefused."""
        self.on_control("/sandbox/pairs", {"pair": pair, "state": state})
        self.pair(pair)
        try:
            await instruments.set_state(self._venue, forms.SetState(names=[pair], state=state))
        except OperationRefused as error:
            raise SandboxRefused(str(error)) from error

    def simulate(self, simulated: Simulated) -> None:
        """Let *simulated* be what lives in the books."""
        self._simulated = simulated

    @property
    def simulated(self) -> Simulated:
        """What lives in the books. Raises: SandboxRefused where nothing does."""
        if self._simulated is None:
            raise SandboxRefused("there is no simulated market: start with --demo")
        return self._simulated

    def move_price(self, code: str, *, to: str = "", by: str = "", over_ns: int = 0) -> None:
        """Move an asset's price to so many dollars, or by a share of it. Raises: NotThere, SandboxRefused."""
        self.on_control("/sandbox/prices", {"asset": code, "to": to, "by": by, "over": f"{over_ns}ns"})
        move(self.simulated, self.asset(code).code, to=to, by=by, over_ns=over_ns)

    def follow_price(self, code: str) -> None:
        """Let an asset's price walk by itself again. Raises: NotThere, SandboxRefused."""
        self.on_control("/sandbox/prices/follow", {"asset": code})
        self.simulated.follow(self.asset(code).code)

    def replay_prices(self, recording: str, *, is_from_now: bool) -> None:
        """Let prices be what was recorded, as CSV, from now or each at its own time. Raises: SandboxRefused."""
        self.on_control("/sandbox/prices/replay", {"csv": recording, "is_from_now": is_from_now})
        self.simulated.replay(recording.splitlines(), self._venue.clock.now_ns() if is_from_now else None)

    async def live(
        self, pair: str, *, makers: bool | None = None, noise: bool | None = None, spread_times: int | None = None
    ) -> None:
        """Let a pair have makers, noise traders, both or neither, and a wider spread; None: as it is.

        Raises: NotThere, SandboxRefused.
        """
        form = {"pair": pair, "makers": makers, "noise": noise, "spread_times": spread_times}
        self.on_control("/sandbox/pairs/life", form)
        await self.simulated.live(self.pair(pair).id, makers=makers, noise=noise, spread_times=spread_times)

    # ── time ──

    async def until_order(self, account: str, client_id: str, within_ns: int) -> tuple[Advanced, OrderRecord]:
        """Move time on until an order has ended, *within_ns* at most; return how far, and the order as it is then.

        Raises: NotThere, SandboxRefused.
        """
        number, machine = self.account(account).id, self._venue.sequencer.state.machine
        found = await self.orders(number, client_id)
        if not client_id or not found:
            raise NotThere(f"there is no order {client_id!r} of {account}")
        order_id = found[-1].order.order_id
        moved = await self.pacer.until(lambda: machine.order(order_id) is None, within_ns)
        return moved, (await self.orders(number, client_id))[-1]

    # ── outcomes ──

    async def fill(self, account: str, client_id: str, quantity: str = "", *, through: bool = False) -> int:
        """Fill an open order at its own price, and return how many lots; without a *client_id* the account's oldest one.

        Raises: NotThere, InTheWay, SandboxRefused.
        """
        form = {"account": account, "client_id": client_id, "quantity": quantity, "through": through}
        self.on_control("/sandbox/orders/fill", form)
        number, order_id = self.account(account).id, 0
        if not client_id:
            open_ids = [each.order.order_id for each in await self._venue.trading.open_orders(number)]
            if not open_ids:
                raise NotThere(f"{account} has no open order")
            order_id = min(open_ids)
        return await self.outcomes.fill(number, client_id, order_id, quantity=quantity, through=through)

    async def arm(self, account: str, client_id: str, *, reason: str = "", quantity: str = "", pair: str = "") -> None:
        """Have an order refused, or filled, as it comes. Raises: NotThere, SandboxRefused."""
        form = {"account": account, "client_id": client_id, "reason": reason, "quantity": quantity, "pair": pair}
        self.on_control("/sandbox/orders/arm", form)
        number = self.account(account).id
        await self.outcomes.arm(number, client_id, reason=reason, quantity=quantity, instrument=pair)

    # ── looking ──

    def stands(self) -> tuple[int, int, str]:
        """Return the venue's time, the last command and a hash of books and ledger."""
        machine = self._venue.sequencer.state.machine
        return self._venue.clock.now_ns(), machine.seq, machine.digest()

    async def orders(self, account: int, client_id: str = "", instrument_id: int | None = None) -> list[OrderRecord]:
        """Return an account's orders, open and ended, oldest first."""
        trading = self._venue.trading
        still = await trading.open_orders(account)
        ended = await trading.order_history(account)
        by_id = {each.order.order_id: each for each in (*ended, *still)}
        return [
            by_id[number]
            for number in sorted(by_id)
            if client_id in ("", by_id[number].client_id) and instrument_id in (None, by_id[number].order.instrument)
        ]

    async def fills(self, account: int, client_id: str = "") -> list[Fill]:
        """Return an account's fills, oldest first."""
        return (await self._venue.trading.fills(account, client_id=client_id))[::-1]

    async def balance(self, account: int, asset: Asset) -> Balance:
        """Return what an account has of an asset."""
        return await self._venue.accounts.balance(account, asset)

    async def depth(self, instrument: int, limit: int) -> Depth:
        """Return the best levels of a book."""
        return await self._venue.market_data.depth(instrument, limit)

    def instrument(self, number: int) -> Instrument:
        """Return an instrument by its number."""
        return next(each for each in self._venue.catalogue.instruments if each.id == number)

    def failing(self) -> str | None:
        """Return which background task fails, if one does."""
        return self._venue.loops.health()

    def audit(self) -> str:
        """Return what does not balance in the ledger, or ""."""
        try:
            self._venue.sequencer.state.machine.audit()
        except InvariantError as error:
            return str(error)
        return ""
