"""The sandbox's dialect: one contract table over Steering, in the house's shapes. It translates; it never decides.

Who may reach it: whoever reaches the venue. A sandbox belongs on loopback.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.bodies import ANY_STATUS, Errors
from bedesten.dialects.contract import JSON, Endpoint, Limit, Reply, Request, Signing, SocketRoute, decode_params
from bedesten.dialects.refusals import Malformed, NotFound, Refusal, SystemFailure, Unauthenticated
from bedesten.domain.enums import CloseReason
from bedesten.services.errors import ServiceError
from bedesten.services.sandbox import shapes
from bedesten.services.sandbox.durations import nanoseconds
from bedesten.services.sandbox.refusals import InTheWay, NotThere
from bedesten.services.sandbox.rules import FaultRules, Rule, RuleRefused

if TYPE_CHECKING:
    from bedesten.services.sandbox.steering import Steering
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

PREFIX: Final = "/sandbox"


class Conflict(Refusal):
    """It could be done, but something stands in the way."""

    status = 409


class SandboxDialect:
    """What the driver of a sandbox asks over HTTP."""

    name = "sandbox"
    title = "Sandbox"
    ignores_case = False
    error_bodies: Errors = {ANY_STATUS: shapes.SandboxRefusal}
    signing: Signing | None = None
    sockets: Sequence[SocketRoute] = ()
    limits: Mapping[str, Limit] = {}

    def __init__(self, steering: Steering, faults: FaultRules, skew: Callable[[int], None],
                 lines: Callable[[], Sequence[shapes.Line]]) -> None:  # fmt: skip
        """*skew*: lets the customers' clocks be behind by so many nanoseconds. *lines*: tells the transcript."""
        self._steering = steering
        self._faults = faults
        self._skew = skew
        self._lines = lines
        post, get = partial(Endpoint, method="POST", reads="body"), partial(Endpoint, method="GET")
        self.endpoints: Sequence[Endpoint] = (
            get(path=f"{PREFIX}/transcript", call=self.transcript, response=list[shapes.Line],
                summary="What came and went, oldest first: the last thousands of lines"),
            get(path=PREFIX, call=self.state, response=shapes.State, summary="How the sandbox stands"),
            post(path=f"{PREFIX}/clock/advance", call=self.advance, request=shapes.Advance, response=shapes.Moved,
                 summary="Move time on, and answer when all of it has happened", example={"by": "5s"}),
            post(path=f"{PREFIX}/clock/until", call=self.until, request=shapes.Until, response=shapes.Ended,
                 summary="Move time on until an order has ended", example={"account": "trader1", "client_id": "c-17"}),
            post(path=f"{PREFIX}/clock/skew", call=self.skew, request=shapes.Skew, response=shapes.Done,
                 summary="Let the customers' clocks be behind the venue's", example={"by": "5m"}),
            post(path=f"{PREFIX}/orders/fill", call=self.fill, request=shapes.Named, response=shapes.Filled,
                 summary="Fill an open order at its own price"),
            post(path=f"{PREFIX}/orders/arm", call=self.arm, request=shapes.Awaited, response=shapes.Done,
                 summary="Fill or refuse an order as it comes"),
            post(path=f"{PREFIX}/pairs", call=self.set_pair, request=shapes.PairState, response=shapes.Done,
                 summary="Halt a pair, or let it trade"),
            post(path=f"{PREFIX}/pairs/life", call=self.live, request=shapes.PairLife, response=shapes.Done,
                 summary="Let a pair have makers, noise traders, both or neither, or a wider spread"),
            post(path=f"{PREFIX}/prices", call=self.move_price, request=shapes.Price, response=shapes.Done,
                 summary="Move what an asset is worth"),
            post(path=f"{PREFIX}/prices/follow", call=self.follow, request=shapes.Follow, response=shapes.Done,
                 summary="Let an asset's price walk by itself again"),
            post(path=f"{PREFIX}/prices/replay", call=self.replay_prices, request=shapes.PriceRecording,
                 response=shapes.Done, summary="Let prices be what was recorded"),
            post(path=f"{PREFIX}/accounts", call=self.open_account, request=shapes.NewAccount, response=shapes.Opened,
                 summary="Open an account with money and a key"),
            post(path=f"{PREFIX}/deposits", call=self.deposit, request=shapes.Deposit, response=shapes.Done,
                 summary="Credit an account, at once or over a chain"),
            post(path=f"{PREFIX}/faults", call=self.add_fault, request=Rule, response=shapes.Done,
                 summary="Put a fault in force"),
            post(path=f"{PREFIX}/faults/remove", call=self.remove_fault, request=shapes.Numbered, response=shapes.Done,
                 summary="Take a fault out of force"),
        )  # fmt: skip

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""
        return path == PREFIX or path.startswith(f"{PREFIX}/")

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Refuse: nothing here belongs to anybody."""
        raise Unauthenticated("there are no keys here")

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return the request's parameters."""
        return decode_params(endpoint, request)

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return *error* in the house's shape; a failure of ours as 503, which nobody takes for a verdict."""
        refusal = error if isinstance(error, Refusal) else SystemFailure("System error")
        status = 503 if isinstance(refusal, SystemFailure) else refusal.status
        body = msgspec.json.encode({"error": type(refusal).__name__, "message": refusal.message})
        return Reply(status, body, (JSON,))

    # ── the rows ──

    async def state(self, venue: Venue, request: Request, form: None) -> shapes.State:
        """Tell how the sandbox stands."""
        machine = venue.sequencer.state.machine
        armed = [each.client_id for each in self._steering.outcomes.armed.values()]
        return shapes.State(venue.clock.now_ns(), machine.seq, machine.digest(), self._faults.described(), armed)

    async def advance(self, venue: Venue, request: Request, form: shapes.Advance) -> shapes.Moved:
        """Move time on."""
        if form.pace not in ("step", "leap"):
            raise Malformed('pace is "step" or "leap"', "pace")
        by_ns = _duration(form.by, "by")
        moved = await _asked(self._steering.pacer.advance(by_ns, leap=form.pace == "leap"))
        return shapes.Moved("settled", moved.now_ns, moved.steps, moved.commands)

    async def until(self, venue: Venue, request: Request, form: shapes.Until) -> shapes.Ended:
        """Move time on until an order has ended."""
        within_ns = _duration(form.within, "within")
        moved, record = await _asked(self._steering.until_order(form.account, form.client_id, within_ns))
        reason = record.order.close_reason
        return shapes.Ended(moved.now_ns, moved.found, CloseReason(reason).name.lower() if reason else "")

    async def transcript(self, venue: Venue, request: Request, form: None) -> list[shapes.Line]:
        """Tell what came and went."""
        return list(self._lines())

    async def skew(self, venue: Venue, request: Request, form: shapes.Skew) -> shapes.Done:
        """Let the customers' clocks be behind."""
        self._skew(_duration(form.by, "by"))
        return shapes.Done()

    async def fill(self, venue: Venue, request: Request, form: shapes.Named) -> shapes.Filled:
        """Fill an open order."""
        filling = self._steering.fill(form.account, form.client_id, form.quantity, through=form.through)
        return shapes.Filled(await _asked(filling))

    async def arm(self, venue: Venue, request: Request, form: shapes.Awaited) -> shapes.Done:
        """Have an order filled or refused as it comes."""
        how = {"reason": form.reason, "quantity": form.quantity, "pair": form.pair}
        await _asked(self._steering.arm(form.account, form.client_id, **how))
        return shapes.Done()

    async def set_pair(self, venue: Venue, request: Request, form: shapes.PairState) -> shapes.Done:
        """Bring a pair into a state."""
        await _asked(self._steering.set_state(form.pair, form.state))
        return shapes.Done()

    async def live(self, venue: Venue, request: Request, form: shapes.PairLife) -> shapes.Done:
        """Let a pair live so."""
        life = {"makers": form.makers, "noise": form.noise}
        await _asked(self._steering.live(form.pair, **life, spread_times=form.spread_times))
        return shapes.Done()

    async def move_price(self, venue: Venue, request: Request, form: shapes.Price) -> shapes.Done:
        """Move a price."""
        over_ns = _duration(form.over, "over")

        async def moved() -> None:
            self._steering.move_price(form.asset, to=form.to, by=form.by, over_ns=over_ns)

        await _asked(moved())
        return shapes.Done()

    async def follow(self, venue: Venue, request: Request, form: shapes.Follow) -> shapes.Done:
        """Let a price walk."""

        async def followed() -> None:
            self._steering.follow_price(form.asset)

        await _asked(followed())
        return shapes.Done()

    async def replay_prices(self, venue: Venue, request: Request, form: shapes.PriceRecording) -> shapes.Done:
        """Let prices be recorded ones."""

        async def replayed() -> None:
            self._steering.replay_prices(form.csv, is_from_now=form.is_from_now)

        await _asked(replayed())
        return shapes.Done()

    async def open_account(self, venue: Venue, request: Request, form: shapes.NewAccount) -> shapes.Opened:
        """Open an account."""
        account, key = await _asked(self._steering.open_account(form.name, form.balances))
        return shapes.Opened(account.name, key.key, key.secret)

    async def deposit(self, venue: Venue, request: Request, form: shapes.Deposit) -> shapes.Done:
        """Credit an account."""
        await _asked(self._steering.deposit(form.account, form.asset, form.amount, form.network))
        return shapes.Done()

    async def add_fault(self, venue: Venue, request: Request, form: Rule) -> shapes.Done:
        """Put a fault in force."""
        try:
            return shapes.Done(self._faults.add(form))
        except RuleRefused as error:
            raise Malformed(str(error)) from error

    async def remove_fault(self, venue: Venue, request: Request, form: shapes.Numbered) -> shapes.Done:
        """Take a fault out of force."""
        if not self._faults.remove(form.number):
            raise NotFound(f"no fault {form.number} is in force")
        return shapes.Done(form.number)


def _duration(text: str, name: str) -> int:
    try:
        return nanoseconds(text)
    except ValueError as error:
        raise Malformed(str(error), name) from error


async def _asked(work: Any) -> Any:
    try:
        return await work
    except NotThere as error:
        raise NotFound(str(error)) from error
    except InTheWay as error:
        raise Conflict(str(error)) from error
    except ServiceError as error:
        raise Malformed(str(error)) from error
