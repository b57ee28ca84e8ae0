"""Changes to a venue, by a new text of its venue file: checked, rehearsed, journaled as commands, kept, and told to who shows it.

Owns the order of those steps, and what the store keeps of the file. The text in force is kept before its commands are sent and
marked as done behind them, so that a crash in between ends in the new venue, not in half of one. Invariant: what the store calls
the venue file in force is what the core's rules were set from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from bedesten.clock import Clock
from bedesten.config import ConfigError, VenueFile, parse_venue_file, read_venue_text, said_by, setup_commands
from bedesten.config.edit import TEXT_BYTES_MAX, differences, leaves
from bedesten.core import Machine
from bedesten.domain.commands import Command
from bedesten.domain.enums import RejectReason
from bedesten.domain.events import Event, Rejected, read_events
from bedesten.services.errors import ServiceError
from bedesten.services.instruments import Catalogue
from bedesten.services.ports import Store
from bedesten.services.records import Announcement
from bedesten.services.sequencing.batch import pack
from bedesten.services.sequencing.sequencer import Sequencer

APPLIED_META: Final = "venue_file"  # the venue whose commands were applied last, in domain words
TEXT_META: Final = "venue_text"  # its file
GIVEN_META: Final = "venue_text_given"  # the file that a start was last given
PENDING_META: Final = "venue_text_pending"  # a file whose commands may be on their way; "": none
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

    def __init__(
        self, sequencer: Sequencer, store: Store, clock: Clock, catalogue: Catalogue, file: VenueFile, text: str
    ) -> None:
        self.file = file
        self.text = text
        self._sequencer = sequencer
        self._store = store
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
        """Bring what the store holds to the venue this was made with: once, at the start. *given*: the file that it was given.

        Raises: ChangeRefused, Overloaded, Stopped.
        """
        kept = self._store.meta(APPLIED_META)
        applied = None if kept is None else VenueFile.decode(kept.encode())
        try:
            await self._send(setup_commands(self.file, applied))
        except ChangeRefused:
            await self._sequencer.write(
                lambda: self._store.save_meta(PENDING_META, "")
            )  # the next start leaves it alone
            raise
        is_kept = (self.file.encode().decode(), self.text) == (kept, self._store.meta(TEXT_META))
        if not is_kept or given is not None or self._store.meta(PENDING_META):
            await self._sequencer.write(lambda: _keep(self._store, self.file, self.text, given))

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
            await self._become(file, text)
            await self._sequencer.write(lambda: _keep(self._store, file, text, None))
            self.file, self.text = file, text
            self._catalogue.renew(file.assets, file.instruments, file.listings, file.networks)
            for listener in self._listeners:
                listener(file, changes)
            return changes

    async def _become(self, file: VenueFile, text: str) -> None:
        commands = setup_commands(file, self.file)
        rehearse(self._sequencer, self._clock, commands)
        await self._sequencer.write(lambda: self._store.save_meta(PENDING_META, text))
        try:
            await self._send(commands)
        except ChangeRefused:
            if len(file.instruments) == len(self.file.instruments):  # what was listed stays listed, halted
                await self._submit(setup_commands(self.file, file))
            await self._sequencer.write(lambda: self._store.save_meta(PENDING_META, ""))
            raise

    async def _send(self, commands: Sequence[Command]) -> None:
        rehearse(self._sequencer, self._clock, commands)
        for command, reason in await self._submit(commands):  # somebody's order came between rehearsal and command
            raise ChangeRefused(f"{command} was refused: {reason.name}; nothing was changed. Ask for it again")

    async def _submit(self, commands: Sequence[Command]) -> list[tuple[Command, RejectReason]]:
        results = await asyncio.gather(*(self._sequencer.submit(command) for command in commands))
        refusals = [(command, _refusal(result.events)) for command, result in zip(commands, results, strict=True)]
        return [(command, reason) for command, reason in refusals if reason is not None]


def rehearse(sequencer: Sequencer, clock: Clock, commands: Sequence[Command]) -> None:
    """Apply *commands* to a copy of the state, so that what does not fit is found before anything is changed.

    Raises: ChangeRefused.
    """
    if not commands:
        return
    state = sequencer.state
    machine = Machine.restore(state.machine.snapshot())
    time_ns = max(clock.now_ns(), state.time_ns)
    for command in commands:
        row = memoryview(bytearray(pack(command))).cast("q")
        row[1], row[2] = machine.seq + 1, time_ns
        machine.apply(row)
        reason = _refusal(read_events(machine.take_events()))
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


def _keep(store: Store, file: VenueFile, text: str, given: str | None) -> None:
    store.save_meta(APPLIED_META, file.encode().decode())
    store.save_meta(TEXT_META, text)
    if given is not None:
        store.save_meta(GIVEN_META, given)
    store.save_meta(PENDING_META, "")


def text_to_start_with(store: Store, given: str | None) -> str | None:
    """Return the file that a venue starts with: the one in force, or the one *given* to the start; None: the store knows none.

    What was changed while the venue ran stands as long as the file that is given is the one given before. A file that was
    edited meanwhile has to contain those changes, or the start is refused: nothing an operator did is undone in silence.
    Raises: ChangeRefused.
    """
    in_force = store.meta(PENDING_META) or store.meta(TEXT_META) or None
    before = store.meta(GIVEN_META)
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
