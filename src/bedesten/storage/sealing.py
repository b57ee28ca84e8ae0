"""Secrets at rest: sealed with a key of the venue's own, for one purpose each.

Owns the form of a sealed text: "sealed:1:", then nonce and AES-256-GCM ciphertext in base64, with the purpose as associated
data, so that a text sealed for one thing does not open as another. Never keeps what it opened, and never says it in an error.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bedesten.services.errors import SealBroken

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12  # drawn at random: safe for some 2**32 texts under one key, far more than secrets are made
MARK: Final = "sealed:1:"


class KeySealing:
    """services.ports.Sealing under one key."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._marking = hashlib.sha256(b"bedesten marks\0" + key).digest()

    def seal(self, text: str, purpose: str) -> str:
        """Return *text* so that only who has the key can read it, and only for that purpose."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, text.encode(), purpose.encode())
        return MARK + base64.b64encode(sealed).decode()

    def unseal(self, sealed: str, purpose: str) -> str:
        """Return what was sealed for that purpose.

        Raises: SealBroken when it was altered, sealed for another purpose, or not at all.
        """
        if not sealed.startswith(MARK):
            raise SealBroken(f"what is kept as {purpose} is not sealed: somebody wrote it past this program")
        try:
            data = base64.b64decode(sealed[len(MARK) :], validate=True)
            return self._cipher.decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], purpose.encode()).decode()
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise SealBroken(f"what is kept as {purpose} was altered, or sealed with another key") from error

    def mark(self, text: str, purpose: str) -> int:
        """Return the number of a text, which cannot be computed without the key."""
        return marked(self._marking, text, purpose)


def marked(key: bytes, text: str, purpose: str) -> int:
    """Return the number of a text under a key, for that purpose."""
    message = b"%d:%b%b" % (len(purpose.encode()), purpose.encode(), text.encode())
    return int.from_bytes(hmac.digest(key, message, hashlib.sha256))


def key_id(key: bytes) -> str:
    """Return a short name for a key, from which the key cannot be guessed."""
    return hashlib.sha256(b"bedesten key id\0" + key).hexdigest()[:8]
