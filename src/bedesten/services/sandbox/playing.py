"""Playing: scenarios that befall a venue as its time goes by. Whoever moves the clock moves them.

Owns what plays, and what became of each step. Invariant: a scenario that names what is not there is refused before anything of it
is done; a step that is refused when its time has come is told by `described` and never stops the venue.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Final, Protocol

import msgspec

from bedesten.clock import Clock
from bedesten.services.errors import ServiceError
from bedesten.services.sandbox.refusals import NotThere, SandboxRefused
from bedesten.services.sandbox.rules import Rule
from bedesten.services.sandbox.scenarios import Scenario, Step, read_scenario
from bedesten.services.sandbox.shapes import NewAccount
from bedesten.services.sandbox.steering import Steering

AGAIN_NS: Final = 1_000_000_000  # between two attempts at a step that may be tried again
PLAYING_MAX: Final = 64


class Packaged(Protocol):
    """The scenarios that come with the program (bedesten.config.packaged)."""

    def __call__(self, name: str) -> str | None:
        """Return the text of a scenario by its name."""
        ...


class Playing:
    """One scenario under way, or at its end."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.done = 0  # steps
        self.refused: list[str] = []  # those that could not be done, with the reason

    def told(self) -> str:
        """Return how far it has come."""
        steps = f"{self.done} of {len(self.scenario.steps)} acts"
        return "; ".join((f"{self.scenario.about.name}: {steps}", *self.refused))


class Player:
    """Plays scenarios on one sandbox."""

    def __init__(self, clock: Clock, steering: Steering, packaged: Packaged) -> None:
        self._clock = clock
        self._steering = steering
        self._packaged = packaged
        self._tasks: list[asyncio.Task[None]] = []
        self.playing: list[Playing] = []

    def play(self, *, name: str = "", toml: str = "") -> Playing:
        """Begin a packaged scenario, or one of the driver's own. Raises: NotThere, SandboxRefused."""
        if bool(name) == bool(toml):
            raise SandboxRefused("a scenario is either a packaged one, by its name, or TOML")
        text = toml or self._packaged(name)
        if text is None:
            raise NotThere(f"there is no packaged scenario {name[:64]!r}")
        scenario = read_scenario(text)
        self._check(scenario)
        if len(self.playing) >= PLAYING_MAX:
            raise SandboxRefused(f"{PLAYING_MAX} scenarios were played; begin again with reset")
        self._steering.on_control("/sandbox/play", {"name": name, "toml": toml})
        playing = Playing(scenario)
        self.playing.append(playing)
        began_ns = self._clock.now_ns()
        task_name = f"scenario {len(self.playing):02d}"  # who sleeps for one instant is woken in the order of names
        self._tasks.append(asyncio.get_running_loop().create_task(self._run(playing, began_ns), name=task_name))
        return playing

    def described(self) -> list[str]:
        """Return what plays or has played, in words."""
        return [each.told() for each in self.playing]

    def refused(self) -> list[str]:
        """Return the steps that could not be done, with their scenario."""
        return [f"scenario {each.scenario.about.name}: {told}" for each in self.playing for told in each.refused]

    def stop(self) -> None:
        """End whatever plays."""
        for task in self._tasks:
            task.cancel()

    async def _run(self, playing: Playing, began_ns: int) -> None:
        for step in playing.scenario.steps:
            await self._clock.sleep_until_ns(began_ns + step.at_ns)
            tried_ns = self._clock.now_ns()
            reason = await self._tried(step)
            began_ns += self._clock.now_ns() - tried_ns  # what comes behind a step that had to wait keeps its distance
            if reason:
                playing.refused.append(f"{step.told()}: {reason}")
            playing.done += 1

    async def _tried(self, step: Step) -> str:
        until_ns = self._clock.now_ns() + step.within_ns
        while True:
            try:
                await step.act.call(self._steering, step.form)
            except ServiceError as error:
                if self._clock.now_ns() >= until_ns:
                    return str(error)
                await self._clock.sleep_until_ns(self._clock.now_ns() + AGAIN_NS)
            else:
                return ""

    # ── before it begins ──

    def _check(self, scenario: Scenario) -> None:
        opened: set[str] = set()
        for step in scenario.steps:
            try:
                self._check_step(step, opened)
            except NotThere as error:
                raise NotThere(f"{scenario.about.name}, {step.told()}: {error}") from error
            except SandboxRefused as error:
                raise SandboxRefused(f"{scenario.about.name}, {step.told()}: {error}") from error
            if isinstance(step.form, NewAccount):
                opened.add(step.form.name)

    def _check_step(self, step: Step, opened: set[str]) -> None:
        if step.act.is_of_the_market:
            assert self._steering.simulated is not None, "it is refused where nothing is simulated"
        if isinstance(step.form, Rule):
            self._steering.edge.faults.check(step.form)
        for name, known in (
            ("pair", self._steering.pair), ("asset", self._steering.asset), ("account", self._steering.account)
        ):  # fmt: skip
            for named in _named(step.form, name):
                if named and named not in opened:
                    known(named)


def _named(form: msgspec.Struct, name: str) -> Iterator[str]:
    """Yield what a form, and what stands in it, says under a name."""
    for field in form.__struct_fields__:
        value = getattr(form, field)
        if isinstance(value, msgspec.Struct):
            yield from _named(value, name)
        elif field == name and isinstance(value, str):
            yield value
