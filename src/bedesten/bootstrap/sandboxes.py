"""What the composition root adds to a sandbox: its clock, its chance, and the stage around its wire.

Owns which data directories may be one. Invariant: what was ever served as a venue is never steered, and a venue that is served
without `--sandbox` has none of this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bedesten.clock import Clock, ManualClock, OffsetClock, SteppableClock, SystemClock, wall_ns
from bedesten.config import ConfigError, Settings
from bedesten.config.profiles import scenario_text
from bedesten.domain.notes import SandboxServed
from bedesten.services.chance import SYSTEM, Chance, SeededChance
from bedesten.services.sandbox.pacing import Pacer
from bedesten.services.sandbox.playing import Player
from bedesten.services.sandbox.settling import Settling
from bedesten.services.sandbox.steering import Steering
from bedesten.services.sequencing.state import VenueState
from bedesten.services.venue import Venue
from bedesten.services.venue_file.fold_served import SandboxFold

if TYPE_CHECKING:
    from bedesten.server.stage import Stage


class NoSandbox(ConfigError):
    """This cannot be a sandbox; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What drives one sandbox."""

    clock: SteppableClock
    settling: Settling
    pacer: Pacer
    stage: Stage
    steering: Steering
    player: Player


def clock_of(settings: Settings) -> Clock:
    """Return the clock that the settings ask for. Raises: NoSandbox."""
    if settings.clock == "system":
        return SystemClock()
    if not settings.sandbox:
        raise NoSandbox(f"--clock {settings.clock} needs --sandbox: a venue's own time is nobody's to move")
    stamps = wall_ns if settings.stamps == "wall" else None
    return ManualClock(settings.start_ns, stamps) if settings.clock == "manual" else OffsetClock(SystemClock(), stamps)


def chance_of(settings: Settings, draws: int = 0) -> Chance:
    """Return where the venue draws from: a stream of the seed in a sandbox, from which *draws* were drawn."""
    return SeededChance(settings.seed, draws) if settings.sandbox else SYSTEM


def claim(settings: Settings, state: VenueState) -> SandboxServed | None:
    """Return what the log must say of how the venue is served from now on; None: it says so already, or need not.

    Raises: NoSandbox, for a store that was served as a venue.
    """
    served = state.folds.of(SandboxFold).served
    if not settings.sandbox:
        return SandboxServed(is_sandbox=False) if served is not None and served.is_sandbox else None
    if served is None and not state.machine.seq:
        return SandboxServed(is_sandbox=True)
    if served is None or not served.is_sandbox:
        raise NoSandbox(f"{settings.data} was served without --sandbox: steer a copy, or start with an empty directory")
    return None


def open_sandbox(settings: Settings, venue: Venue, house: Callable[[], Sequence[int]]) -> Sandbox | None:
    """Return what drives the venue; None where it is not a sandbox's, or its clock is the machine's.

    *house*: tells the simulation's own accounts.
    """
    clock = venue.clock
    if not settings.sandbox or not isinstance(clock, ManualClock | OffsetClock):
        return None
    from bedesten.server.stage import Stage  # with the server's libraries

    settling = Settling(venue.sequencer, lambda: venue.customers.passwords.is_at_work)
    is_manual = isinstance(clock, ManualClock)
    stage = Stage(
        SeededChance(settings.seed)(4).hex(), clock, hold=settling.hold if is_manual else None,
        is_limited=not is_manual if settings.rate_limits is None else settings.rate_limits,
    )  # fmt: skip
    stage.is_own_key = lambda text: venue.keys.find(text) is not None
    pacer = Pacer(clock, venue.sequencer, settling)
    steering = Steering(venue, settling, pacer, stage, house)
    stage.faults.account = lambda name: steering.account(name).id if name else 0
    pacer.on_move, steering.on_control = stage.transcript.clock, stage.transcript.control
    return Sandbox(clock, settling, pacer, stage, steering, Player(clock, steering, scenario_text))
