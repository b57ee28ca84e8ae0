"""The operator's key: where it is found, how it is made, and the venue's data key that it opens.

Owns the ways in which a key is given (BEDESTEN_KEY, BEDESTEN_KEY_FILE, or a file beside the data directory) and the words in
which one is refused. The operator's key seals one thing, the data key in table meta, and that seals everything else: a new
key is one row. Never writes the key anywhere but into the file it makes. Invariant: that file is whole before anything is
sealed with what it holds.
"""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from bedesten.services.errors import KeyRefused, SealBroken
from bedesten.storage.sealing import KEY_BYTES, KeySealing, key_id

KEY_VARIABLE: Final = "BEDESTEN_KEY"
FILE_VARIABLE: Final = "BEDESTEN_KEY_FILE"
FILE_BYTES_MAX: Final = 4_096  # a key has 44 characters: what is longer is some other file
PARTIAL: Final = ".partial"
REMEDY: Final = (
    f"set {KEY_VARIABLE} to a key, or {FILE_VARIABLE} to a file that holds one (`openssl rand -base64 32` makes a key)"
)


class MasterKey(NamedTuple):
    """A key of the operator's, and where it was found."""

    secret: bytes
    where: str

    def __repr__(self) -> str:
        return f"MasterKey({key_id(self.secret)} from {self.where})"


class KeyPlace:
    """Where the key of one data directory is looked for, and made."""

    def __init__(self, directory: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._directory = directory.resolve()
        self._environ = environ
        self.beside = self._directory.with_name(f"{self._directory.name}.key")  # so a copy of the data has no key in it
        self.next = self.beside.with_name(f"{self.beside.name}.new")  # while keys are changed

    @property
    def is_given(self) -> bool:
        """Whether the environment names a key: then no file is looked for."""
        return bool(self._environ.get(KEY_VARIABLE) or self._environ.get(FILE_VARIABLE))

    def keys(self) -> list[MasterKey]:
        """Return the keys that there are, the likeliest first; none when none was ever made.

        Raises: KeyRefused when what was given is no key.
        """
        text, file = self._environ.get(KEY_VARIABLE), self._environ.get(FILE_VARIABLE)
        if text and file:
            raise KeyRefused(f"both {KEY_VARIABLE} and {FILE_VARIABLE} are set: keep one of them")
        if text:
            return [MasterKey(parse_key(text, KEY_VARIABLE), KEY_VARIABLE)]
        if file:
            return [read_key(Path(file), FILE_VARIABLE)]
        return [read_key(path, "the key file") for path in (self.beside, self.next) if path.exists()]

    def make(self) -> MasterKey:
        """Make a key in a file beside the data directory.

        Raises: KeyRefused when it would not be safe there, or cannot be made.
        """
        if os.path.ismount(self._directory):
            raise KeyRefused(
                f"{self._directory} is a volume of its own: a key made beside it would be lost with the machine that it "
                f"is mounted on, and the venue's secrets with it. Keep one yourself: {REMEDY}"
            )
        return write_key(self.beside)


def parse_key(text: str, where: str) -> bytes:
    """Return the key that *text* holds: 32 bytes in base64 of either alphabet, or in hexadecimal.

    Raises: KeyRefused.
    """
    text = text.strip()
    try:
        if len(text) == 2 * KEY_BYTES:
            return bytes.fromhex(text)
        key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    except (ValueError, binascii.Error):
        key = b""
    if len(key) != KEY_BYTES:
        raise KeyRefused(
            f"{where} holds no key: {KEY_BYTES} random bytes in base64 are asked for, as `openssl rand -base64 32` makes"
        )
    return key


def read_key(path: Path, where: str) -> MasterKey:
    """Return the key in a file. Raises: KeyRefused."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX)
    except OSError as error:
        raise KeyRefused(f"the key cannot be read from {path} ({where}): {error.strerror}") from error
    return MasterKey(parse_key(data.decode("ascii", "replace"), f"{path} ({where})"), str(path))


def write_key(path: Path) -> MasterKey:
    """Make a key in a new file that only its owner may read; it is whole from its first moment on. Raises: KeyRefused."""
    secret = secrets.token_bytes(KEY_BYTES)
    partial = path.with_name(path.name + PARTIAL)
    try:
        partial.unlink(missing_ok=True)  # never written over: it may be another name of a whole key
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(base64.b64encode(secret) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)  # unlike renaming, refused when there is a key
        partial.unlink()
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise KeyRefused(f"a key file {path} cannot be made ({error.strerror}): {REMEDY}") from error
    return MasterKey(secret, str(path))


def clear_partial(place: KeyPlace) -> None:
    """Remove what was left of the making of a key that was cut short. Raises: OSError."""
    for path in (place.beside, place.next):
        if (partial := path.with_name(path.name + PARTIAL)).exists():  # the directory may be read-only otherwise
            partial.unlink()


def wrap(data_key: bytes, key: MasterKey, venue_id: str) -> str:
    """Return a data key as table meta holds it: the name of the operator's key, and the data key sealed with that."""
    sealed = KeySealing(key.secret).seal(data_key.hex(), _purpose(venue_id))
    return f"{key_id(key.secret)} {sealed}"


def unwrap(kept: str, place: KeyPlace, venue_id: str) -> tuple[bytes, MasterKey]:
    """Return the data key that table meta holds, and the operator's key that opened it.

    Raises: KeyRefused when there is no key, or another one.
    """
    wanted, _, sealed = kept.partition(" ")
    keys = place.keys()
    if not keys:
        raise KeyRefused(
            f"the venue's secrets are sealed with the key {wanted}, and there is no key: {place.beside} is missing. "
            f"Put that file back, or give its key: {REMEDY.partition(' (')[0]}"
        )
    for key in keys:
        if key_id(key.secret) == wanted:
            try:
                return bytes.fromhex(KeySealing(key.secret).unseal(sealed, _purpose(venue_id))), key
            except SealBroken as error:
                raise KeyRefused(
                    "the venue's data key (sealing_key in table meta) was altered: restore a copy"
                ) from error
    found = ", ".join(f"{key_id(key.secret)} in {key.where}" for key in keys)
    raise KeyRefused(
        f"the venue's secrets are sealed with the key {wanted}, and the key given is another: {found}. "
        f"Give {wanted} in its place: {REMEDY.partition(' (')[0]}"
    )


def where_is(wanted: str, place: KeyPlace) -> str:
    """Return where the key of that name was found; "" when it is none of those that there are. Raises: KeyRefused."""
    keys = place.keys()
    return next((key.where for key in keys if key_id(key.secret) == wanted), "")


def _purpose(venue_id: str) -> str:
    return f"data key of venue {venue_id}"
