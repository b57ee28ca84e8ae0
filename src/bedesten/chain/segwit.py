"""Addresses of witness programs: bech32 for version 0, bech32m for later ones.

Source: BIP-173 and BIP-350.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

ALPHABET: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
CHARS_MAX: Final = 90
VERSION_MAX: Final = 16
PROGRAM_BYTES: Final = (2, 40)  # least and most
VERSION_0_BYTES: Final = (20, 32)  # of a key's hash, of a script's
CHECKSUM_DIGITS: Final = 6
_GENERATOR: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32, _BECH32M = 1, 0x2BC830A3  # what a right checksum leaves


def encode(human_part: str, version: int, program: bytes) -> str:
    """Return the address of a witness program, in small letters."""
    digits = [version, *_regroup(program, 8, 5, is_padded=True)]
    left = _polymod([*_expand(human_part), *digits, *[0] * CHECKSUM_DIGITS]) ^ _constant(version)
    checksum = [left >> 5 * (CHECKSUM_DIGITS - 1 - place) & 31 for place in range(CHECKSUM_DIGITS)]
    return f"{human_part}1{''.join(ALPHABET[digit] for digit in [*digits, *checksum])}"


def decode(human_part: str, address: str) -> tuple[int, bytes]:
    """Return version and program of an address on the network with that human-readable part.

    Raises: ValueError for what is not such an address.
    """
    if address not in (address.lower(), address.upper()) or len(address) > CHARS_MAX:
        raise ValueError("mixed case, or too long")
    found, _, data = address.lower().rpartition("1")
    if found != human_part or len(data) <= CHECKSUM_DIGITS:
        raise ValueError("of another network, or too short")
    digits = [ALPHABET.index(letter) for letter in data]
    version = digits[0]
    if version > VERSION_MAX or _polymod([*_expand(human_part), *digits]) != _constant(version):
        raise ValueError("wrong version or checksum")
    program = bytes(_regroup(digits[1:-CHECKSUM_DIGITS], 5, 8, is_padded=False))
    least, most = PROGRAM_BYTES
    if not least <= len(program) <= most or version == 0 and len(program) not in VERSION_0_BYTES:
        raise ValueError("wrong length")
    return version, program


def _constant(version: int) -> int:
    return _BECH32 if version == 0 else _BECH32M


def _expand(human_part: str) -> list[int]:
    return [ord(letter) >> 5 for letter in human_part] + [0] + [ord(letter) & 31 for letter in human_part]


def _polymod(digits: Iterable[int]) -> int:
    """Return the remainder of the checksum's polynomial over GF(32)."""
    remainder = 1
    for digit in digits:
        top = remainder >> 25
        remainder = (remainder & 0x1FFFFFF) << 5 ^ digit
        for bit, generator in enumerate(_GENERATOR):
            if top >> bit & 1:
                remainder ^= generator
    return remainder


def _regroup(values: Iterable[int], width: int, target: int, *, is_padded: bool) -> list[int]:
    """Return the same bits in groups of *target* instead of *width* bits.

    Raises: ValueError for bits left over, unless they are padded.
    """
    gathered, count, groups = 0, 0, []
    for value in values:
        gathered, count = gathered << width | value, count + width
        while count >= target:
            count -= target
            groups.append(gathered >> count)
            gathered &= (1 << count) - 1
    if is_padded and count:
        groups.append(gathered << target - count)
    elif not is_padded and (count >= width or gathered):
        raise ValueError("bits left over")
    return groups
