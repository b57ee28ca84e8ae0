"""API keys: who may ask, and for what. A key belongs to an account, not to a dialect; every dialect accepts it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from bedesten.clock import Clock
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes import KeyRevoked, KeySaved
from bedesten.services.accounts.fold_keys import KeysFold
from bedesten.services.chance import SYSTEM, Chance
from bedesten.services.errors import NameTaken, TooMany
from bedesten.services.ports import EDGES, DataKeys
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import ApiKey, Permission

__all__ = ["ApiKey", "Keys", "Permission"]

KEY_BYTES: Final = 16
SECRET_BYTES: Final = 32
ID_CHARS: Final = 16  # of what names a key to its owner
KEYS_MAX: Final = 50  # that an account's holder may make


def id_of(key_text: str) -> str:
    """Return what names a key without being it: nobody signs with this."""
    return hashlib.sha256(key_text.encode()).hexdigest()[:ID_CHARS]


class Keys:
    """The API keys of the venue, all in memory: finding one is a look into a dictionary.

    A key is good, and one that was revoked is not, a moment before the commit that says so: what either causes stands behind it
    in the log.
    """

    def __init__(self, sequencer: Sequencer, vault: DataKeys, clock: Clock, chance: Chance = SYSTEM) -> None:
        self._sequencer = sequencer
        self._clock = clock
        self._chance = chance
        self._sealing = vault.sealing(EDGES)
        self._fold = sequencer.state.folds.of(KeysFold)
        self._opened: dict[str, tuple[KeySaved, ApiKey]] = {}
        self._claimed: set[str] = set()  # keys that are being made
        self._ending: set[str] = set()  # keys whose revocation waits for its commit
        self._making: Counter[int] = Counter()  # by account, what their holders are having made
        self._used_ns: dict[str, int] = {}
        self._watchers: list[Callable[[str], None]] = []

    def find(self, text: str) -> ApiKey | None:
        """Return the key of that text, revoked ones not; expiry and address are the caller's to check.

        Raises: SealBroken when its secret was altered where it is kept.
        """
        saved = self._fold.saved.get(text)
        if saved is None:
            return None
        opened = self._opened.get(text)
        if opened is None or opened[0] is not saved:
            opened = self._opened[text] = (saved, self._open(saved))
        return opened[1]

    def _open(self, saved: KeySaved) -> ApiKey:
        return ApiKey(
            key=saved.key, secret=self._sealing.unseal(saved.secret, _purpose(saved.key)), account=saved.account,
            permissions=Permission(saved.permissions), label=saved.label, ip_allow_list=saved.ip_allow_list,
            expires_ns=saved.expires_ns, created_ns=saved.created_ns,
        )  # fmt: skip

    async def create(
        self,
        account: int,
        permissions: Iterable[Permission],
        *,
        label: str = "",
        ip_allow_list: Sequence[str] = (),
        expires_ns: int = 0,
        key: str | None = None,
        secret: str | None = None,
    ) -> ApiKey:
        """Make a key for an account; *permissions*: a set of them, or several joined by "|".

        Raises: NameTaken when a key of that text exists.
        """
        text = key or self._chance(KEY_BYTES).hex()
        if text in self._fold.saved or text in self._claimed:
            raise NameTaken(f"an API key {text[:8]}… exists already")
        granted = Permission(0)
        for permission in permissions:
            granted |= permission
        plain = secret or base64.b64encode(self._chance(SECRET_BYTES)).decode()
        saved = KeySaved(
            text, account, int(granted), self._sealing.seal(plain, _purpose(text)), label, tuple(ip_allow_list), expires_ns,
            self._clock.now_ns(),
        )  # fmt: skip
        self._claimed.add(text)  # so that the text is not given twice while the note waits
        try:
            await self._sequencer.submit(RecordNote(), notes=(saved,))
        finally:
            self._claimed.discard(text)
        return self.find(text) or self._open(saved)

    async def make(
        self, account: int, permissions: Permission, *, label: str, ip_allow_list: Sequence[str], expires_ns: int
    ) -> ApiKey:
        """Make a key at the wish of the account's holder, who has at most KEYS_MAX.

        Raises: TooMany, Overloaded, Stopped.
        """
        own = sum(saved.account == account for saved in self._fold.saved.values())
        if own + self._making[account] >= KEYS_MAX:
            raise TooMany(f"an account has at most {KEYS_MAX} keys")
        self._making[account] += 1
        try:
            return await self.create(
                account, [permissions], label=label, ip_allow_list=ip_allow_list, expires_ns=expires_ns
            )
        finally:
            self._making[account] -= 1

    def of_account(self, account: int, key_id: str) -> ApiKey | None:
        """Return the account's key of that id; another's is not found."""
        return next((key for key in self.list(account) if id_of(key.key) == key_id), None)

    def note_use(self, key: ApiKey) -> None:
        """Remember that a key is used now, until the venue stops."""
        self._used_ns[key.key] = self._clock.now_ns()

    def used_ns(self, key: ApiKey) -> int:
        """Return when a key was last used; 0: not since the venue started."""
        return self._used_ns.get(key.key, 0)

    async def change(
        self, key_text: str, *, permissions: Permission, label: str, ip_allow_list: Sequence[str], expires_ns: int
    ) -> bool:
        """Give a key other rights, name, addresses and end; say whether there is one.

        Raises: Overloaded, Stopped; then the key is what it was.
        """
        before = self._fold.saved.get(key_text)
        if before is None or key_text in self._ending:  # what is said behind a revocation would undo it
            return False
        await self._change(msgspec.structs.replace(
            before, permissions=int(permissions), label=label, ip_allow_list=tuple(ip_allow_list), expires_ns=expires_ns,
        ))  # fmt: skip
        return True

    async def revoke(self, key_text: str) -> bool:
        """Make a key useless from now on, and end what is open with it; say whether there was one.

        Raises: Overloaded, Stopped; then the key is what it was.
        """
        if key_text not in self._fold.saved:
            return False
        await self._change(KeyRevoked(key_text))
        self._opened.pop(key_text, None)
        self._used_ns.pop(key_text, None)
        return True

    async def restrict(self, key_text: str, ip_allow_list: Sequence[str]) -> bool:
        """Let a key be used from these addresses only, from now on; none: from any. Say whether there is one.

        Raises: Overloaded, Stopped; then the key is what it was.
        """
        before = self._fold.saved.get(key_text)
        if before is None or key_text in self._ending:  # what is said behind a revocation would undo it
            return False
        await self._change(msgspec.structs.replace(before, ip_allow_list=tuple(ip_allow_list)))
        return True

    # Told with the commit itself, whatever became of who asked: the callback comes before anything that follows.
    async def _change(self, note: KeySaved | KeyRevoked) -> None:
        committed = self._sequencer.submit(RecordNote(), notes=(note,))
        if isinstance(note, KeyRevoked):
            self._ending.add(note.key)
        committed.add_done_callback(lambda done: self._tell(note.key))
        await asyncio.shield(committed)

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Call *watcher* with the text of every key that was revoked or changed, with the commit that says so."""
        self._watchers.append(watcher)

    def _tell(self, key_text: str) -> None:
        self._ending.discard(key_text)
        for watcher in self._watchers:
            watcher(key_text)

    def list(self, account: int | None = None) -> list[ApiKey]:
        """Return the keys of an account, or all, oldest first."""
        wanted = [saved.key for saved in self._fold.saved.values() if account is None or saved.account == account]
        return [key for text in wanted if (key := self.find(text)) is not None]


def _purpose(key_text: str) -> str:
    return f"secret of API key {key_text}"  # these words are part of what is stored
