"""Opening what is sealed in a store, and sealing what an older program left there in plain text.

Owns which columns hold secrets, and their purposes. Invariant: after a start, no secret stands in the store's files in plain
text, remains in freed pages and the log included.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from bedesten.services.errors import KeyRefused
from bedesten.services.ports import Sealing
from bedesten.storage import master_key
from bedesten.storage.disk import Disk
from bedesten.storage.master_key import KeyPlace, MasterKey
from bedesten.storage.purposes import SEALED_META, key_purpose, meta_purpose
from bedesten.storage.sealing import KEY_BYTES, KeySealing, key_id

SEALING_KEY: Final = "sealing_key"  # in table meta: the data key, sealed with the operator's
REMAINS: Final = "plain_remains"  # in table meta while freed pages may hold what was once plain


def check_key(connection: sqlite3.Connection, place: KeyPlace) -> None:
    """Refuse the key that is given unless it opens the store; changes nothing.

    Raises: KeyRefused.
    """
    if (kept := _meta(connection, SEALING_KEY)) is not None:
        master_key.unwrap(kept, place, _meta(connection, "venue_id") or "")
    else:
        place.keys()


def unlock(connection: sqlite3.Connection, place: KeyPlace, notices: list[str]) -> KeySealing:
    """Return the store's sealing; a store without one gets a data key, and what it holds is sealed.

    Raises: KeyRefused, sqlite3.Error.
    """
    venue_id, kept = _meta(connection, "venue_id") or "", _meta(connection, SEALING_KEY)
    if kept is not None:
        data_key, key = master_key.unwrap(kept, place, venue_id)
        _finish_change(place, key)
        sealing = KeySealing(data_key)
        notices.extend(_exposures(key))
    else:
        key = _some_key(place, notices)
        data_key = secrets.token_bytes(KEY_BYTES)
        sealing = KeySealing(data_key)
        _seal_plain(connection, sealing, master_key.wrap(data_key, key, venue_id), notices)
    return sealing


def rekey(venue: Path, disk: Disk, place: KeyPlace, new_file: Path | None) -> tuple[MasterKey, MasterKey]:
    """Seal the data key with a new key; return the old one and the new one.

    The new key is read from *new_file*, or made there; without one it takes the place of the file beside the data.
    The caller holds the directory's lock. Raises: KeyRefused, sqlite3.Error; then the old key is the venue's key still.
    """
    with closing(disk.connect(venue)) as connection:
        venue_id, kept = _meta(connection, "venue_id") or "", _meta(connection, SEALING_KEY)
        if kept is None:
            raise KeyRefused("the venue has no sealed secrets yet: the next start seals them")
        data_key, old = master_key.unwrap(kept, place, venue_id)
        _finish_change(place, old)
        if new_file is None and place.is_given:
            raise KeyRefused(
                f"the key is kept in {old.where}: say where the new one is, or shall be made, with --new-key-file"
            )
        path = new_file or place.next
        new = master_key.read_key(path, "the new key") if path.exists() else master_key.write_key(path)
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA synchronous = FULL")
        wrapped = master_key.wrap(data_key, new, venue_id)
        connection.execute("UPDATE meta SET value = ? WHERE name = ?", (wrapped, SEALING_KEY))
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if new_file is None:
        _finish_change(place, new)
        new = MasterKey(new.secret, str(place.beside))
    return old, new


# A change of the file beside the data: the new key's file takes the old one's place once the store is sealed with it.
def _finish_change(place: KeyPlace, key: MasterKey) -> None:
    if place.is_given:
        return
    try:
        master_key.clear_partial(place)
        if not place.next.exists():
            return
        if key.where == str(place.next):
            place.next.replace(place.beside)
        else:
            place.next.unlink()  # the change was cut short before it was made
    except OSError as error:
        raise KeyRefused(f"the new key file {place.next} cannot take the old one's place: {error.strerror}") from error


def _some_key(place: KeyPlace, notices: list[str]) -> MasterKey:
    if keys := place.keys():
        return keys[0]
    key = place.make()
    notices.append(
        f"made the key {key_id(key.secret)} in {key.where}, which opens the secrets in the data directory: keep a copy of it "
        "apart from the data, because without it API keys and addresses are lost"
    )
    return key


# Said and not refused: a key that is mounted into a container often has such a mode, and no other user exists in there.
def _exposures(key: MasterKey) -> Iterator[str]:
    with suppress(OSError):  # no file, or one that took another name since
        if os.stat(key.where).st_mode & stat.S_IROTH:
            yield f"every user of this machine may read the key file {key.where}: chmod 600 keeps it to its owner"


def _seal_plain(connection: sqlite3.Connection, sealing: Sealing, wrapped: str, notices: list[str]) -> None:
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute("BEGIN IMMEDIATE")
    try:
        keys = connection.execute("SELECT key, secret FROM api_keys").fetchall()
        sealed = [(sealing.seal(secret, key_purpose(key)), key) for key, secret in keys]
        connection.executemany("UPDATE api_keys SET secret = ? WHERE key = ?", sealed)
        facts = [(name, value) for name in SEALED_META if (value := _meta(connection, name)) is not None]
        sealed = [(sealing.seal(value, meta_purpose(name)), name) for name, value in facts]
        connection.executemany("UPDATE meta SET value = ? WHERE name = ?", sealed)
        connection.execute("INSERT INTO meta VALUES (?, ?)", (SEALING_KEY, wrapped))
        if keys or facts:
            connection.execute("INSERT INTO meta VALUES (?, '1')", (REMAINS,))
            notices.append(
                f"sealed {len(keys)} secrets of API keys and {len(facts)} of the venue that stood in plain text"
            )
        connection.execute("COMMIT")
    except BaseException:
        connection.rollback()
        raise


# Pages that were freed before this program sealed anything may still hold a secret of a key revoked since.
def clear_remains(connection: sqlite3.Connection, notices: list[str]) -> None:
    """Clear freed pages of what once stood there in plain text, where there is such."""
    if _meta(connection, REMAINS) is None:
        return
    try:
        connection.execute("VACUUM")
        connection.execute("DELETE FROM meta WHERE name = ?", (REMAINS,))
    except sqlite3.Error as error:
        notices.append(f"freed pages could not be cleared of former secrets ({error}); the next start tries again")


def _meta(connection: sqlite3.Connection, name: str) -> str | None:
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return None if row is None else str(row[0])
