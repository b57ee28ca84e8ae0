"""The audit log: who asked for what, outside trading, and what became of it. In the log before whoever asked is answered.

Owns what an entry says. It is a note in the journal, whose chain sees to it that none is altered or dropped unseen; what is told
there is sealed with the data key of the customer whom it is about, else with the venue's, and unreadable once that key is gone.
Never takes a secret: what could be one is left out by its name. An operator is known by the system's account, a customer by
their own. What programs before version 7 kept was brought in with its times, and is told first.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import msgspec

from bedesten.domain.commands import RecordNote
from bedesten.domain.notes import ActNoted, Note, StoreHandled
from bedesten.services.errors import OutcomeUnknown, ServiceError, Unaudited
from bedesten.services.ports import VENUE, DataKeys, Rows
from bedesten.services.sealing.owners import owner_of
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import LoggedRow

PAGE: Final = 1_000  # entries read at a time
VALUE_CHARS_MAX: Final = 200  # of one value: an entry says what was done, and is no place to keep a file
UNSAID: Final = "…"
SECRETS: Final = (
    "password",
    "passphrase",
    "secret",
    "token",
    "code",
    "seed",
    "signature",
    "totp",
    "otp",
    "pin",
    "text",
)
NO_SECRETS: Final = frozenset({"code"})  # within the venue file: of an asset, of a bank
DONE: Final = "done"
PURPOSE: Final = "entry of the audit log"  # of what is sealed in a note: part of what is stored

_log = logging.getLogger("bedesten.audit")


class Told(msgspec.Struct, frozen=True, array_like=True):
    """What is sealed of an entry; fields are only added behind the others. agent: what a browser says of itself."""

    actor: str
    outcome: str
    particulars: dict[str, Any]
    agent: str = ""


class Entry(NamedTuple):
    """An entry of the log. number: of the command that it stands beside."""

    number: int
    time_ns: int
    actor: str
    action: str
    outcome: str
    particulars: dict[str, Any]


class Audit:
    """The log of one venue."""

    def __init__(self, sequencer: Sequencer, rows: Rows, vault: DataKeys) -> None:
        self._sequencer = sequencer
        self._rows = rows
        self._vault = vault

    async def note(self, actor: str, action: str, outcome: str = DONE, *, about: int = 0, **particulars: Any) -> None:
        """Write one entry. *actor*: "operator alice", "somebody at 192.0.2.7"; *about*: of which account's holder; 0: of nobody.

        Raises: Overloaded, Stopped.
        """
        await self._note(actor, action, outcome, particulars, about)

    async def _note(self, actor: str, action: str, outcome: str, detail: Mapping[str, Any], about: int) -> None:
        told = Told(_shortened(actor), _shortened(outcome), without_secrets(detail))
        await asyncio.shield(self._sequencer.submit(RecordNote(), notes=(sealed(self._vault, action, told, about),)))

    @contextlib.asynccontextmanager
    async def noting(
        self, actor: str, action: str, detail: Mapping[str, Any], about: Callable[[], int] = lambda: 0
    ) -> AsyncIterator[dict[str, Any]]:
        """Note what is done inside: that it was, with what is put into the dictionary, why it was refused, or that nobody knows.

        *about*: tells, when that is over, of which account's holder it was. Raises: what is raised inside; Unaudited when it was
        done and cannot be noted.
        """
        more: dict[str, Any] = {}
        try:
            yield more
        except OutcomeUnknown as error:
            await self._try_to_note(actor, action, f"unknown: {error}", detail, about())
            raise
        except (ServiceError, ValueError) as error:
            await self._try_to_note(actor, action, f"refused: {error}", detail, about())
            raise
        except asyncio.CancelledError:
            await self._try_to_note(actor, action, "unknown: it was interrupted", detail, about())
            raise
        if wrong := await self._try_to_note(actor, action, DONE, {**detail, **more}, about()):
            raise Unaudited(f"it was done, but the audit log does not say so ({wrong}): do not do it again")

    async def _try_to_note(
        self, actor: str, action: str, outcome: str, detail: Mapping[str, Any], about: int
    ) -> ServiceError | None:
        # What was done or refused stays so when it cannot be noted: the process's own log says it then.
        try:
            await self._note(actor, action, outcome, detail, about)
        except ServiceError as error:
            _log.error("no entry in the audit log for %s by %s (%s): %s", action, actor, outcome, error)
            return error
        return None

    def entries(self, *, since_ns: int = 0) -> Iterator[Entry]:
        """Yield the entries from an instant on, oldest first; of somebody who was erased, that there was one."""
        for first in (True, False):  # what an older program kept may have been brought in behind others
            after = 0
            while rows := self._rows.logged(after, PAGE):
                told = (row for row in rows if is_former(row.note) is first and not _is_told_twice(row))
                yield from (self._opened(row) for row in told if row.time_ns >= since_ns)
                after = rows[-1].row_id

    def _opened(self, row: LoggedRow) -> Entry:
        if isinstance(row.note, StoreHandled):
            return Entry(row.seq, row.time_ns, row.note.actor, row.note.action, DONE, dict(row.note.particulars))
        assert isinstance(row.note, ActNoted)
        told = opened(self._vault, row.note)
        if told is None:
            told = Told(f"about account {row.account}, whose holder was erased", "", {})
        return Entry(row.seq, row.time_ns, told.actor, row.note.action, told.outcome, told.particulars)


def sealed(vault: DataKeys, action: str, told: Told, about: int = 0, activity: int = 0, time_ns: int = 0) -> ActNoted:
    """Return the note of an entry, sealed for whom it is about while they have a key, and else for the venue."""
    account = about if about and vault.has(owner_of(about)) else 0
    text = msgspec.json.encode(told).decode()
    sealing = vault.sealing(owner_of(account) if account else VENUE)
    return ActNoted(action, account, activity, sealing.seal(text, PURPOSE), time_ns)


def opened(vault: DataKeys, note: ActNoted) -> Told | None:
    """Return what a note tells; None when it was about somebody who was erased. Raises: SealBroken."""
    owner = owner_of(note.account) if note.account else VENUE
    if not vault.has(owner):
        return None
    return msgspec.json.decode(vault.sealing(owner).unseal(note.told, PURPOSE), type=Told)


def is_former(note: Note) -> bool:
    """Return whether a note is an entry of the audit log that an older program kept beside the journal."""
    return isinstance(note, ActNoted) and note.time_ns > 0 and not note.activity


# A login log's entry from an older program: its audit log has it too.
def _is_told_twice(row: LoggedRow) -> bool:
    return isinstance(row.note, ActNoted) and row.note.time_ns > 0 and row.note.activity > 0


def without_secrets(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return *detail* without what is a secret by its name, or too long to be read."""
    told = {name: UNSAID if _is_secret(name) else _shortened(value) for name, value in detail.items()}
    key = str(told.get("key", "")).rpartition(".")[2]
    if "value" in told and key not in NO_SECRETS and _is_secret(key):
        told["value"] = UNSAID  # of a place in the venue file, which is named beside it
    return told


def _is_secret(name: str) -> bool:
    return any(word in SECRETS for word in name.lower().split("_"))


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        told = value.encode("utf-8", "replace").decode()  # a terminal may hand over halves of characters
        return told if len(told) <= VALUE_CHARS_MAX else told[:VALUE_CHARS_MAX] + UNSAID
    if isinstance(value, list | tuple):
        return [_shortened(each) for each in value[:VALUE_CHARS_MAX]]
    if isinstance(value, dict):
        return without_secrets({str(name): each for name, each in value.items()})
    return value
