"""Addresses in each network's own format: derived from the venue's seed, and checked.

Never keeps or shows a private key: the chain is simulated, and no address here is meant to receive real money. The curve is
cryptography's; RIPEMD-160 and Keccak-256 are pycryptodome's, since OpenSSL offers the first only on some systems, and SHA-3 is
not the second. Both are loaded with the first address.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final, NamedTuple

from bedesten.chain import base58, segwit
from bedesten.domain.networks import AddressFormat

ADDRESS_CHARS_MAX: Final = 128  # longer than an address of any network here
TAG_MAX: Final = (1 << 32) - 1  # XRP's destination tag is 32 bits wide
FIRST_TAG: Final = 100_000

#: The group's order: a private key lies between zero and this. Source: SEC 2, secp256k1.
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HASH_BYTES: Final = 20  # of a key or script, behind the version of an address in base 58
_TAPROOT: Final = (1, 32)  # version and length of its programs; what later versions mean is not settled
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)

#: The human-readable part of a network's witness addresses.
_HUMAN_PART: Final = {AddressFormat.BITCOIN: "bc", AddressFormat.LITECOIN: "ltc", AddressFormat.LIQUID: "ex"}


class _Base58(NamedTuple):
    """How a network writes a hash in base 58. versions: of a key's hash, and then of a script's if there are scripts."""

    versions: tuple[bytes, ...]
    alphabet: str = base58.BITCOIN


_BASE58: Final = {
    AddressFormat.BITCOIN: _Base58((b"\x00", b"\x05")),
    AddressFormat.LITECOIN: _Base58((b"\x30", b"\x32")),
    AddressFormat.DOGECOIN: _Base58((b"\x1e", b"\x16")),
    AddressFormat.TRON: _Base58((b"\x41",)),
    AddressFormat.XRP: _Base58((b"\x00",), base58.XRP),
}


def derive(seed: bytes, format_: AddressFormat, index: int) -> str:
    """Return the venue's address of that number."""
    label = f"bedesten address {format_.value} {index}".encode()
    digest = hashlib.blake2b(label, key=seed[:64], digest_size=48).digest()
    return address_of(format_, int.from_bytes(digest, "big") % (_ORDER - 1) + 1)


def address_of(format_: AddressFormat, private: int) -> str:
    """Return the address of a private key, which lies between 0 and the order of secp256k1."""
    if format_ is AddressFormat.ETHEREUM:
        return _mixed(_keccak(_public(private, is_compressed=False)[1:])[-_HASH_BYTES:].hex())
    if format_ is AddressFormat.TRON:
        key_hash = _keccak(_public(private, is_compressed=False)[1:])[-_HASH_BYTES:]
    else:
        key_hash = _hash160(_public(private, is_compressed=True))
    if format_ in _HUMAN_PART:
        return segwit.encode(_HUMAN_PART[format_], 0, key_hash)
    written = _BASE58[format_]
    return base58.encode(written.versions[0] + key_hash, written.alphabet)


def accepts(format_: AddressFormat, address: str, tag: str) -> bool:
    """Return whether a payment on such a network can go there."""
    if not 1 <= len(address) <= ADDRESS_CHARS_MAX or not address.isascii():
        return False
    if tag and not (format_ is AddressFormat.XRP and tag.isdecimal() and tag.isascii() and int(tag[:11]) <= TAG_MAX):
        return False
    if format_ is AddressFormat.ETHEREUM:
        return _is_ethereum(address)
    return _is_witness(format_, address) or _is_base58(format_, address)


def canonical(format_: AddressFormat, address: str) -> str:
    """Return the one spelling by which an address is compared."""
    if format_ is AddressFormat.ETHEREUM or format_ in _HUMAN_PART and address.lower().startswith(_HUMAN_PART[format_]):
        return address.lower()
    return address


def _is_witness(format_: AddressFormat, address: str) -> bool:
    """Return whether it is the address of a key, a script or a taproot output."""
    if format_ not in _HUMAN_PART:
        return False
    try:
        version, program = segwit.decode(_HUMAN_PART[format_], address)
    except ValueError:
        return False
    return version == 0 or (version, len(program)) == _TAPROOT


def _is_base58(format_: AddressFormat, address: str) -> bool:
    written = _BASE58.get(format_)
    if written is None:
        return False
    try:
        payload = base58.decode(address, written.alphabet)
    except ValueError:
        return False
    return len(payload) == 1 + _HASH_BYTES and payload[:1] in written.versions


def _is_ethereum(address: str) -> bool:
    # All small or all capital letters carry no checksum (EIP-55) and are right as they are.
    if _HEXADECIMAL.fullmatch(address) is None:
        return False
    digits = address[2:]
    return digits in (digits.lower(), digits.upper()) or address == _mixed(digits.lower())


def _mixed(digits: str) -> str:
    """Return an Ethereum address whose capital letters are its checksum (EIP-55)."""
    checksum = _keccak(digits.encode()).hex()
    return "0x" + "".join(
        digit.upper() if nibble > "7" else digit for digit, nibble in zip(digits, checksum, strict=False)
    )


# ── keys and digests ──


def _public(private: int, *, is_compressed: bool) -> bytes:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    form = PublicFormat.CompressedPoint if is_compressed else PublicFormat.UncompressedPoint
    return ec.derive_private_key(private, ec.SECP256K1()).public_key().public_bytes(Encoding.X962, form)


def _hash160(data: bytes) -> bytes:
    from Crypto.Hash import RIPEMD160

    return RIPEMD160.new(hashlib.sha256(data).digest()).digest()


def _keccak(data: bytes) -> bytes:
    from Crypto.Hash import keccak

    return keccak.new(digest_bits=256, data=data).digest()
