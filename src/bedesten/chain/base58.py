"""Base58Check: bytes and their checksum as letters and digits. Two alphabets: Bitcoin's, and the one that the XRP ledger uses.

Source: Bitcoin, "Base58Check encoding"; XRPL, "Base58 Encodings".
"""

from __future__ import annotations

import hashlib
from typing import Final

BITCOIN: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
XRP: Final = "rpshnaf39wBUDNEGHJKLM4PQRST7VWXYZ2bcdeCg65jkm8oFqi1tuvAxyz"
CHECKSUM_BYTES: Final = 4


def encode(payload: bytes, alphabet: str = BITCOIN) -> str:
    """Return *payload* with its checksum, as text. Zero bytes in front stay visible: each is the alphabet's first letter."""
    data = payload + _checksum(payload)
    number, digits = int.from_bytes(data, "big"), []
    while number:
        number, digit = divmod(number, len(alphabet))
        digits.append(alphabet[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return alphabet[0] * zeros + "".join(reversed(digits))


def decode(text: str, alphabet: str = BITCOIN) -> bytes:
    """Return the bytes that `encode` made *text* of.

    Raises: ValueError for a letter outside the alphabet, or a wrong checksum.
    """
    number = 0
    for letter in text:
        number = number * len(alphabet) + alphabet.index(letter)
    zeros = len(text) - len(text.lstrip(alphabet[0]))
    data = b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")
    payload, checksum = data[:-CHECKSUM_BYTES], data[-CHECKSUM_BYTES:]
    if len(data) < CHECKSUM_BYTES or checksum != _checksum(payload):
        raise ValueError("wrong checksum")
    return payload


def _checksum(payload: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:CHECKSUM_BYTES]
