"""Changes to a venue, by a new text of its venue file: checked, rehearsed, journaled as commands, and told to who shows it.

Owns the order of those steps. A change is one group of the log: its commands, and the note that says which file is in force. So a
crash leaves the venue before it or behind it. Invariant: what the log calls the venue file in force is what the core's rules
were set from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from bedesten.clock import Clock
from bedesten.config import ConfigError, VenueFile, parse_venue_file, read_venue_text, said_by, setup_commands
from bedesten.config.edit import TEXT_BYTES_MAX, differences, leaves
from bedesten.core import Machine
from bedesten.core.errors import InvariantError
from bedesten.domain.columns import SEQ, TIME_NS
from bedesten.domain.commands import Command, RecordNote
from bedesten.domain.enums import RejectReason
from bedesten.domain.events import Event, Rejected, read_events
from bedesten.domain.notes import VenueFileInForce
from bedesten.services.errors import ServiceError
from bedesten.services.instruments import Catalogue
from bedesten.services.sequencing.batch import pack
from bedesten.services.sequencing.sequencer import Sequencer, Submission
from bedesten.services.store_types import Announcement
from bedesten.services.venue_file.fold_venue_file import VenueFileFold

SOURCE: Final = "the venue file"

#: What counts from the moment of a change; the rest of the file from the next start.
AT_ONCE: Final = ("assets", "customers", "groups", "instruments", "listings", "networks", "rate_limits")
NAMED_MAX: Final = 5  # keys in a refusal


class ChangeRefused(ServiceError):
    """The venue cannot become that; nothing was changed."""


class Change(NamedTuple):
    """One key that changed, as written; "": not in the file."""

    key: str
    before: str
    after: str
    is_at_once: bool


Listener = Callable[[VenueFile, Sequence[Change]], None]


class Changes:
    """The venue file in force, and the way to another one."""

    def __init__(self, sequencer: Sequencer, clock: Clock, catalogue: Catalogue, file: VenueFile, text: str) -> None:
        self.file = file
        self.text = text
        self._sequencer = sequencer
        self._fold = sequencer.state.folds.of(VenueFileFold)
        self._clock = clock
        self._catalogue = catalogue
        self._checks: list[Callable[[VenueFile], object]] = []
        self._listeners: list[Listener] = []
        self._one_at_a_time = asyncio.Lock()

    def check_with(self, check: Callable[[VenueFile], object]) -> None:
        """Ask *check* before a change; it raises ConfigError on a file that it cannot make sense of."""
        self._checks.append(check)

    def watch(self, listener: Listener) -> None:
        """Call *listener* with the new venue and what changed, behind every change."""
        self._listeners.append(listener)

    async def set_up(self, given: str | None) -> None:
        """Bring the core's rules to the venue this was made with: once, at the start. *given*: the file that it was given.

        Raises: ChangeRefused, Overloaded, Stopped.
        """
        kept = self._fold.in_force
        before = kept.given if kept is not None else ""
        note = VenueFileInForce(self.text, self.file.encode(), before if given is None else given)
        if note != kept:
            await self._become(
                setup_commands(self.file, None if kept is None else VenueFile.decode(kept.meaning)), note
            )

    async def apply(self, edit: Callable[[str], str]) -> list[Change]:
        """Make the venue what *edit* makes of its file, and return what changed.

        Raises: ConfigError, EditRefused, ChangeRefused, Overloaded, Stopped.
        """
        async with self._one_at_a_time:
            if not self.text:
                raise ChangeRefused("this venue's file is not known: start it once with --config FILE")
            text = edit(self.text)
            if len(text.encode()) > TEXT_BYTES_MAX:
                raise ConfigError(f"{SOURCE}: more than {TEXT_BYTES_MAX} bytes")
            before = said_by(read_venue_text(self.text, source=SOURCE))
            file = parse_venue_file(text, source=SOURCE, tolerated=before)
            changes = [Change(*each, each[0].partition(".")[0] in AT_ONCE) for each in differences(self.text, text)]
            if not changes:
                return []
            for check in self._checks:
                check(file)
            given = self._fold.in_force.given if self._fold.in_force is not None else ""
            await self._become(setup_commands(file, self.file), VenueFileInForce(text, file.encode(), given))
            self.file, self.text = file, text
            self._catalogue.renew(file.assets, file.instruments, file.listings, file.networks)
            for listener in self._listeners:
                listener(file, changes)
            return changes

    async def _become(self, commands: Sequence[Command], note: VenueFileInForce) -> None:
        group = [*(Submission(command) for command in commands), Submission(RecordNote(), (note,))]

        def rehearsed(machine: Machine) -> list[Submission]:
            rehearse(machine, max(self._clock.now_ns(), self._sequencer.state.time_ns), commands)
            return group

        results = await self._sequencer.submit_whole(rehearsed)
        for each, result in zip(group, results, strict=True):
            reason = _refusal(result.events)
            if reason is not None:
                raise InvariantError(f"{each.command} was refused behind its rehearsal: {reason.name}")


def rehearse(machine: Machine, time_ns: int, commands: Sequence[Command]) -> None:
    """Apply *commands* to a copy of *machine*, so that what does not fit is found before anything is changed.

    Raises: ChangeRefused.
    """
    if not commands:
        return
    copy = Machine.restore(machine.snapshot())
    for command in commands:
        row = memoryview(bytearray(pack(command))).cast("q")
        row[SEQ], row[TIME_NS] = copy.seq + 1, time_ns
        copy.apply(row)
        reason = _refusal(read_events(copy.take_events()))
        if reason is not None:
            raise ChangeRefused(
                f"the venue file asks for {command}, which is refused now: {reason.name}; nothing was changed. "
                "A fee rule or tax waits until the instrument has no open orders: end them first, with the old file in force"
            )


def announcements(changes: Sequence[Change], now_ns: int) -> list[Announcement]:
    """Return what everybody may know of *changes*: those that count from now on."""
    return [Announcement(now_ns, each.key, each.before, each.after) for each in changes if each.is_at_once]


def _refusal(events: Sequence[Event]) -> RejectReason | None:
    for event in events:
        if isinstance(event, Rejected) and event.reason != RejectReason.ALREADY_EXISTS:
            return RejectReason(event.reason)
    return None


def text_to_start_with(kept: VenueFileInForce | None, given: str | None) -> str | None:
    """Return the file that a venue starts with: the one in force, or the one *given* to the start; None: no text is known.

    What was changed while the venue ran stands as long as the file that is given is the one given before. A file that was
    edited meanwhile has to contain those changes, or the start is refused: nothing an operator did is undone in silence.
    Raises: ChangeRefused.
    """
    in_force, before = (kept.text or None, kept.given) if kept is not None else (None, "")
    if given is None or (given == before and in_force):
        return in_force
    if not before or not in_force:
        return given
    old, live, new = leaves(before), leaves(in_force), leaves(given)
    undone = [
        key for key in old.keys() | live.keys() if live.get(key) != old.get(key) and new.get(key) != live.get(key)
    ]
    if undone:
        named = ", ".join(sorted(undone)[:NAMED_MAX])
        raise ChangeRefused(
            f"the file given would undo what was changed while the venue ran ({named}): take it over from "
            "`bedesten venue show`, or start without --config"
        )
    return given
