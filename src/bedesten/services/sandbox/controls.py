"""Controls: everything that a driver may ask of a sandbox, as one table over acts, time, scenarios and states.

The HTTP API is made from it. Raises of every call: NotThere, InTheWay, SandboxRefused; ServiceError.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from bedesten.domain.enums import CloseReason
from bedesten.services.sandbox import looks, shapes
from bedesten.services.sandbox.acts import ACTS, DONE, Act
from bedesten.services.sandbox.durations import duration_text, instant_ns, nanoseconds
from bedesten.services.sandbox.playing import Player
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.services.sandbox.states import States
from bedesten.services.sandbox.steering import Steering

#: What may be waited for, of an order.
ENDINGS: Final = ("ended", *(reason.name.lower() for reason in CloseReason if reason))


@dataclass(frozen=True, slots=True)
class Driven:
    """A sandbox, as its driver has it."""

    steering: Steering
    player: Player
    states: States | None

    def kept(self) -> States:
        """Return the states that are kept. Raises: SandboxRefused where nobody begins it again."""
        if self.states is None:
            raise SandboxRefused("whoever serves this venue does not begin it again")
        return self.states


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One row of the table. form None: nothing is told, and nothing changes."""

    path: str  # below /sandbox
    form: type[msgspec.Struct] | None = None
    answer: Any
    call: Callable[[Driven, Any], Awaitable[Any]]
    summary: str
    example: Mapping[str, Any] = field(default_factory=dict)


async def state(driven: Driven, form: None) -> shapes.State:
    """Tell how the sandbox stands."""
    steering = driven.steering
    now_ns, seq, digest = steering.stands()
    armed = [each.client_id for each in steering.outcomes.armed.values()]
    return shapes.State(now_ns, seq, digest, steering.edge.faults.described(), armed, driven.player.described())


async def transcript(driven: Driven, form: None) -> list[shapes.Line]:
    """Tell what came and went."""
    return driven.steering.edge.lines()


async def advance(driven: Driven, form: shapes.Advance) -> shapes.Moved:
    """Move time on."""
    if form.pace not in ("step", "leap", "next"):
        raise SandboxRefused('pace is "step", "leap" or "next"')
    pacer = driven.steering.pacer
    duration_ns = _duration(form, pacer.now_ns())
    if form.pace == "next":
        moved = await pacer.next(duration_ns)
    else:
        moved = await pacer.advance(duration_ns, leap=form.pace == "leap")
    unread = await driven.steering.edge.delivered() if form.delivered else 0
    return shapes.Moved("settled", moved.now_ns, moved.steps, moved.commands, unread)


def _duration(form: shapes.Advance, now_ns: int) -> int:
    if bool(form.by) == bool(form.to):
        raise SandboxRefused("time moves either by a duration or to an instant")
    if form.by:
        return nanoseconds(form.by)
    to_ns = instant_ns(form.to)
    if to_ns < now_ns:
        raise SandboxRefused(f"time moves forward: {form.to} is past")
    return to_ns - now_ns


async def until(driven: Driven, form: shapes.Until) -> shapes.Ended:
    """Move time on until an order has ended."""
    if form.is_ not in ENDINGS:
        raise SandboxRefused(f"an order ends as one of {', '.join(ENDINGS)}")
    moved, record = await driven.steering.until_order(form.account, form.client_id, nanoseconds(form.within))
    reason = record.order.close_reason
    ended = CloseReason(reason).name.lower() if reason else ""
    return shapes.Ended(moved.now_ns, moved.found and form.is_ in ("ended", ended), ended)


async def clear_faults(driven: Driven, form: shapes.Nothing) -> shapes.Done:
    """Take every fault out of force."""
    edge = driven.steering.edge
    edge.faults.clear()
    if edge.skew_ns:
        edge.skew(0)
    return DONE


async def verdict(driven: Driven, form: None) -> shapes.Verdict:
    """Tell what fails a test that ends now."""
    return looks.verdict(driven.steering, driven.player)


async def play(driven: Driven, form: shapes.Play) -> shapes.Playing:
    """Begin a scenario."""
    scenario = driven.player.play(name=form.name, toml=form.toml).scenario
    lasts = duration_text(scenario.steps[-1].at_ns)
    return shapes.Playing(scenario.about.name, scenario.about.told, len(scenario.steps), lasts)


# ── states ──


async def states(driven: Driven, form: None) -> shapes.Kept:
    """Tell which states are kept, and where copies answer."""
    return shapes.Kept([], []) if driven.states is None else shapes.Kept(driven.states.names(), driven.states.forks())


async def save(driven: Driven, form: shapes.StateNamed) -> shapes.Done:
    """Keep everything as it stands."""
    await driven.kept().save(form.name)
    return DONE


async def restore(driven: Driven, form: shapes.StateNamed) -> shapes.Done:
    """Begin again from what was kept."""
    await driven.kept().restore(form.name)
    return DONE


async def reset(driven: Driven, form: shapes.Reset) -> shapes.Done:
    """Begin again."""
    await driven.kept().reset(form.seed)
    return DONE


async def fork(driven: Driven, form: shapes.Nothing) -> shapes.Place:
    """Begin a copy."""
    return shapes.Place(await driven.kept().fork())


async def end_fork(driven: Driven, form: shapes.Place) -> shapes.Done:
    """Stop a copy."""
    await driven.kept().end_fork(form.url)
    return DONE


def _of_act(act: Act) -> Control:
    async def call(driven: Driven, form: Any) -> msgspec.Struct:
        return await act.call(driven.steering, form)

    return Control(
        path=act.path, form=act.form, answer=act.answer, call=call, summary=act.summary, example=act.example
    )  # fmt: skip


def _of_look(
    path: str, look: Callable[[Steering, Any], Awaitable[Any]], *, form: type[msgspec.Struct], **more: Any
) -> Control:
    async def call(driven: Driven, asked: Any) -> Any:
        return await look(driven.steering, asked)

    return Control(path=path, form=form, call=call, **more)


CONTROLS: Final = (
    Control(path="", answer=shapes.State, call=state, summary="How the sandbox stands"),
    Control(path="transcript", answer=list[shapes.Line], call=transcript,
            summary="What came and went, oldest first: the last thousands of lines"),
    Control(path="verdict", answer=shapes.Verdict, call=verdict, summary="What fails a test that ends now"),
    _of_look("orders", looks.orders, form=shapes.OrdersAsked, answer=list[shapes.OrderTold],
             summary="An account's orders, open and ended, oldest first", example={"account": "trader1"}),
    _of_look("fills", looks.fills, form=shapes.FillsAsked, answer=list[shapes.FillTold],
             summary="An account's fills, oldest first", example={"account": "trader1"}),
    _of_look("balances", looks.balance, form=shapes.BalanceAsked, answer=shapes.BalanceTold,
             summary="What an account has of an asset", example={"account": "trader1", "asset": "USD"}),
    _of_look("books", looks.book, form=shapes.BookAsked, answer=shapes.BookTold,
             summary="The best levels of a book", example={"pair": "BTC-USD", "limit": 5}),
    Control(path="clock/advance", form=shapes.Advance, answer=shapes.Moved, call=advance, example={"by": "5s"},
            summary="Move time on, and answer when all of it has happened"),
    Control(path="clock/until", form=shapes.Until, answer=shapes.Ended, call=until,
            summary="Move time on until an order has ended", example={"account": "trader1", "client_id": "c-17"}),
    *map(_of_act, ACTS),
    Control(path="faults/clear", form=shapes.Nothing, answer=shapes.Done, call=clear_faults,
            summary="Take every fault out of force, and let the customers' clocks be right"),
    Control(path="play", form=shapes.Play, answer=shapes.Playing, call=play,
            summary="Begin a scenario: what befalls the venue as time goes by", example={"name": "flash-crash"}),
    Control(path="states", answer=shapes.Kept, call=states, summary="Which states are kept, and where copies answer"),
    Control(path="states/save", form=shapes.StateNamed, answer=shapes.Done, call=save,
            summary="Keep everything as it stands, under a name", example={"name": "with an order"}),
    Control(path="states/restore", form=shapes.StateNamed, answer=shapes.Done, call=restore,
            summary="Begin again from what was kept, at the same address, behind this answer",
            example={"name": "with an order"}),
    Control(path="reset", form=shapes.Reset, answer=shapes.Done, call=reset,
            summary="Begin again as at the first time, or from another seed, behind this answer", example={"seed": 7}),
    Control(path="forks", form=shapes.Nothing, answer=shapes.Place, call=fork,
            summary="Begin a copy of its own that stands where this venue does"),
    Control(path="forks/end", form=shapes.Place, answer=shapes.Done, call=end_fork, summary="Stop a copy",
            example={"url": "http://127.0.0.1:40123"}),
)  # fmt: skip
