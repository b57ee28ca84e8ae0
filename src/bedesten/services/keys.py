"""API keys: who may ask, and for what. A key belongs to an account, not to a dialect; every dialect accepts it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import msgspec

from bedesten.clock import Clock
from bedesten.services.errors import NameTaken, Overloaded
from bedesten.services.ports import Store
from bedesten.services.records import ApiKey, Permission
from bedesten.services.sequencing.sequencer import Sequencer

__all__ = ["ApiKey", "Keys", "Permission"]

KEY_BYTES: Final = 16
SECRET_BYTES: Final = 32


class Keys:
    """The API keys of the venue, all in memory: finding one is a look into a dictionary."""

    def __init__(self, sequencer: Sequencer, store: Store, clock: Clock) -> None:
        self._sequencer = sequencer
        self._store = store
        self._clock = clock
        self._keys = {key.key: key for key in store.keys()}  # noqa: SIM118  the store is no dictionary
        self._watchers: list[Callable[[str], None]] = []
        #: Return the key of that text, revoked ones not; expiry and address are the caller's to check.
        self.find = self._keys.get

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
        text = key or secrets.token_hex(KEY_BYTES)
        if text in self._keys:
            raise NameTaken(f"an API key {text[:8]}… exists already")
        granted = Permission(0)
        for permission in permissions:
            granted |= permission
        made = ApiKey(
            key=text,
            secret=secret or base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode(),
            account=account,
            permissions=granted,
            label=label,
            ip_allow_list=tuple(ip_allow_list),
            expires_ns=expires_ns,
            created_ns=self._clock.now_ns(),
        )
        self._keys[text] = made  # at once, so that the text is not given twice while the write waits
        try:
            await self._sequencer.write(lambda: self._store.save_key(made))
        except BaseException:
            self._keys.pop(text, None)
            raise
        return made

    async def revoke(self, key_text: str) -> bool:
        """Make a key useless from now on, and end what is open with it; say whether there was one.

        Raises: Overloaded, and the key is there as before; Stopped.
        """
        revoked = self._keys.pop(key_text, None)
        if revoked is None:
            return False
        self._tell(key_text)
        try:
            await self._sequencer.write(lambda: self._store.delete_key(key_text))
        except Overloaded:
            self._keys.setdefault(key_text, revoked)
            raise
        return True

    async def restrict(self, key_text: str, ip_allow_list: Sequence[str]) -> bool:
        """Let a key be used from these addresses only, from now on; none: from any. Say whether there is one.

        Raises: Overloaded, and the key is as before; Stopped.
        """
        before = self._keys.get(key_text)
        if before is None:
            return False
        after = self._keys[key_text] = msgspec.structs.replace(before, ip_allow_list=tuple(ip_allow_list), hmacs={})
        self._tell(key_text)
        try:
            await self._sequencer.write(lambda: self._store.save_key(after))
        except Overloaded:
            if self._keys.get(key_text) is after:
                self._keys[key_text] = before
            raise
        return True

    def watch(self, watcher: Callable[[str], None]) -> None:
        """Call *watcher* with the text of every key that is revoked or changed, as soon as it is."""
        self._watchers.append(watcher)

    def _tell(self, key_text: str) -> None:
        for watcher in self._watchers:
            watcher(key_text)

    def list(self, account: int | None = None) -> list[ApiKey]:
        """Return the keys of an account, or all, oldest first."""
        return [key for key in self._keys.values() if account is None or key.account == account]
