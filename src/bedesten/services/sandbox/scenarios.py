"""Scenarios: what befalls a venue, written down as TOML. Reading one says what is wrong with it, and where.

Owns the form. A scenario is a sentence and steps; each step is an instant after the beginning and acts, in the words of the table
of acts. Invariant: what was read can be played, but for what only the venue knows (what a name stands for).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, NamedTuple

import msgspec
from msgspec import Meta

from bedesten.services.sandbox.acts import BY_NAME, SPELLINGS, Act
from bedesten.services.sandbox.durations import duration_text, nanoseconds
from bedesten.services.sandbox.pacing import LONGEST_NS
from bedesten.services.sandbox.refusals import SandboxRefused

TEXT_CHARS_MAX: Final = 1 << 18  # a scenario with a recording of prices in it
STEPS_MAX: Final = 1_000
NOT_ACTS: Final = ("time", "within")  # of a step


class ScenarioRefused(SandboxRefused):
    """A text that is no scenario; the message says where and why."""


class About(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The table [scenario]: what it is, and where it plays unless somebody says otherwise."""

    name: Annotated[str, Meta(min_length=1, max_length=64)]
    told: Annotated[str, Meta(max_length=500)] = ""  # what a bot sees
    venue: str = ""  # a packaged venue file: small, demo
    seed: int | None = None


class Step(NamedTuple):
    """An act at an instant. within_ns: how long it is tried again while it is refused; 0: it is not. Units: nanoseconds."""

    at_ns: int
    within_ns: int
    act: Act
    form: Any

    def told(self) -> str:
        """Return it in a few words."""
        return f"{self.act.name} at {duration_text(self.at_ns)}"


class Scenario(NamedTuple):
    """What befalls a venue, in the order of time."""

    about: About
    steps: tuple[Step, ...]


def read_scenario(text: str) -> Scenario:
    """Return the scenario that a text describes. Raises: ScenarioRefused."""
    if len(text) > TEXT_CHARS_MAX:
        raise ScenarioRefused(f"a scenario has {TEXT_CHARS_MAX:,} characters at most")
    try:
        told = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ScenarioRefused(f"the scenario is not TOML: {_shortened(error) or 'nested too deep'}") from error
    if unknown := sorted(told.keys() - {"scenario", "at"}):
        raise ScenarioRefused(f"a scenario has a table [scenario] and steps [[at]], and no {unknown[0]!r}")
    about = _converted(told.get("scenario", {}), About, "[scenario]")
    rows = told.get("at", [])
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise ScenarioRefused("a scenario has steps, each under [[at]]")
    steps = [step for number, row in enumerate(rows, 1) for step in _steps(row, f"step {number}")]
    if len(steps) > STEPS_MAX:
        raise ScenarioRefused(f"a scenario has {STEPS_MAX:,} acts at most")
    return Scenario(about, tuple(sorted(steps, key=lambda step: step.at_ns)))


def _steps(row: Mapping[str, Any], where: str) -> Iterator[Step]:
    at_ns, within_ns = (_duration(row.get(name, "0s"), f"{where}, {name}") for name in NOT_ACTS)
    if "time" not in row:
        raise ScenarioRefused(f'{where} has no time: write time = "5s", from the beginning of the scenario')
    wished = {name: wish for name, wish in row.items() if name not in NOT_ACTS}
    if not wished:
        raise ScenarioRefused(f"{where} does nothing: it may have {_known()}")
    for name, wish in wished.items():
        for each in wish if isinstance(wish, list) else [wish]:
            yield _step(at_ns, within_ns, name, each, where)


def _step(at_ns: int, within_ns: int, name: str, wish: Any, where: str) -> Step:
    spelled, given = SPELLINGS.get(name, (name, {}))
    act = BY_NAME.get(spelled)
    if act is None:
        raise ScenarioRefused(f"{where} has {name!r}, which nobody knows; there are {_known()}")
    given = {**act.in_scenario, **given}
    if isinstance(wish, str):  # the one field that has to be said
        missing = [
            field.name for field in msgspec.structs.fields(act.form) if field.required and field.name not in given
        ]
        if len(missing) != 1:
            raise ScenarioRefused(f"{where}, {name}: it is a table, with {', '.join(missing) or 'fields'}")
        wish = {missing[0]: wish}
    if not isinstance(wish, dict):
        raise ScenarioRefused(f"{where}, {name}: it is a table or a text, not {type(wish).__name__}")
    return Step(at_ns, within_ns, act, _converted({**given, **wish}, act.form, f"{where}, {name}"))


def _converted(told: object, form: Any, where: str) -> Any:
    try:
        return msgspec.convert(told, form)
    except (ValueError, RecursionError) as error:
        raise ScenarioRefused(f"{where}: {_shortened(error)}") from error


def _duration(text: object, where: str) -> int:
    if not isinstance(text, str):
        raise ScenarioRefused(f'{where}: write a duration as a text: "5s"')
    try:
        found = nanoseconds(text)
    except ValueError as error:
        raise ScenarioRefused(f"{where}: {error}") from error
    if found > LONGEST_NS:
        raise ScenarioRefused(f"{where}: a scenario lasts a year at most")
    return found


def _known() -> str:
    return ", ".join(sorted({*BY_NAME, *SPELLINGS}))


def _shortened(error: BaseException) -> str:
    return str(error)[:300]
