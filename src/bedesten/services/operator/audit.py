"""The audit log: who asked for what, outside trading, and what became of it. Written before whoever asked is answered.

Owns what an entry says; the store chains the entries to one another, so that none is altered or dropped unseen. Never takes a
secret: what could be one is left out by its name. An operator is known by the system's account, a customer by their own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final

import msgspec

from bedesten.clock import Clock
from bedesten.services.errors import OutcomeUnknown, ServiceError, Unaudited
from bedesten.services.ports import Store
from bedesten.services.records import AuditEntry
from bedesten.services.sequencing.sequencer import Sequencer

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

_log = logging.getLogger("bedesten.audit")


class Audit:
    """The log of one venue."""

    def __init__(self, sequencer: Sequencer, store: Store, clock: Clock) -> None:
        self._sequencer = sequencer
        self._store = store
        self._clock = clock

    async def note(self, actor: str, action: str, outcome: str = DONE, **detail: Any) -> None:
        """Write one entry. *actor*: "operator alice", "customer bob", "somebody at 192.0.2.7"; *detail*: plain JSON values.

        Raises: Overloaded, Stopped.
        """
        told = msgspec.json.encode({"outcome": _shortened(outcome), **without_secrets(detail)}).decode()
        now_ns = self._clock.now_ns()
        await self._sequencer.write(lambda: _append(self._store, now_ns, actor, action, told))

    @contextlib.asynccontextmanager
    async def noting(self, actor: str, action: str, detail: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Note what is done inside: that it was, with what is put into the dictionary, why it was refused, or that nobody knows.

        Raises: what is raised inside; Unaudited when it was done and cannot be noted.
        """
        more: dict[str, Any] = {}
        try:
            yield more
        except OutcomeUnknown as error:
            await self._try_to_note(actor, action, f"unknown: {error}", detail)
            raise
        except (ServiceError, ValueError) as error:
            await self._try_to_note(actor, action, f"refused: {error}", detail)
            raise
        except asyncio.CancelledError:
            await self._try_to_note(actor, action, "unknown: it was interrupted", detail)
            raise
        if wrong := await self._try_to_note(actor, action, DONE, {**detail, **more}):
            raise Unaudited(f"it was done, but the audit log does not say so ({wrong}): do not do it again")

    async def _try_to_note(
        self, actor: str, action: str, outcome: str, detail: Mapping[str, Any]
    ) -> ServiceError | None:
        # What was done or refused stays so when it cannot be noted: the process's own log says it then.
        try:
            await self.note(actor, action, outcome, **detail)
        except ServiceError as error:
            _log.error("no entry in the audit log for %s by %s (%s): %s", action, actor, outcome, error)
            return error
        return None

    def entries(self, *, since_ns: int = 0) -> Iterator[AuditEntry]:
        """Yield the entries from an instant on, oldest first."""
        after = 0
        while page := self._store.audit(after, PAGE):
            yield from (entry for entry in page if entry.time_ns >= since_ns)
            after = page[-1].seq


def _append(store: Store, time_ns: int, actor: str, action: str, detail: str) -> None:
    store.append_audit(time_ns, actor, action, detail)


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
