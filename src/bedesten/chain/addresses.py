"""Addresses in each network's own format: derived from the venue's seed, and checked.

The formats themselves are bip_utils'; it is loaded when the first address is needed, because it takes a third of a second.
Never keeps or shows a private key: the chain is simulated, and no address here is meant to receive real money.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from typing import Any, Final

from bedesten.domain.networks import AddressFormat

ADDRESS_CHARS_MAX: Final = 128  # longer than an address of any network here
TAG_MAX: Final = (1 << 32) - 1  # XRP's destination tag is 32 bits wide
FIRST_TAG: Final = 100_000

#: The group's order: a private key lies between zero and this. Source: SEC 2, secp256k1.
_ORDER: Final = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HUMAN_PART: Final = {AddressFormat.BITCOIN: "bc", AddressFormat.LITECOIN: "ltc", AddressFormat.LIQUID: "ex"}
_DOGECOIN_VERSION: Final = b"\x1e"
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]{40}", re.ASCII)


def derive(seed: bytes, format_: AddressFormat, index: int) -> str:
    """Return the venue's address of that number."""
    label = f"bedesten address {format_.value} {index}".encode()
    digest = hashlib.blake2b(label, key=seed[:64], digest_size=48).digest()
    private = int.from_bytes(digest, "big") % (_ORDER - 1) + 1
    from bip_utils import Secp256k1PrivateKey

    public = Secp256k1PrivateKey.FromBytes(private.to_bytes(32, "big")).PublicKey()
    encode, options = _encoder(format_)
    return str(encode(public, **options))


def accepts(format_: AddressFormat, address: str, tag: str) -> bool:
    """Return whether a payment on such a network can go there."""
    if not 1 <= len(address) <= ADDRESS_CHARS_MAX or not address.isascii():
        return False
    if tag and not (format_ is AddressFormat.XRP and tag.isdecimal() and tag.isascii() and int(tag[:11]) <= TAG_MAX):
        return False
    if format_ is AddressFormat.ETHEREUM:
        return _is_ethereum(address)
    return any(_decodes(decode, address, options) for decode, options in _decoders(format_))


def canonical(format_: AddressFormat, address: str) -> str:
    """Return the one spelling by which an address is compared."""
    if format_ is AddressFormat.ETHEREUM or format_ in _HUMAN_PART and address.lower().startswith(_HUMAN_PART[format_]):
        return address.lower()
    return address


def _is_ethereum(address: str) -> bool:
    # All small or all capital letters carry no checksum (EIP-55) and are right as they are.
    if _HEXADECIMAL.fullmatch(address) is None:
        return False
    digits = address[2:]
    if digits in (digits.lower(), digits.upper()):
        return True
    from bip_utils import EthAddrDecoder

    return _decodes(EthAddrDecoder.DecodeAddr, address, {})


def _decodes(decode: Callable[..., Any], address: str, options: dict[str, Any]) -> bool:
    try:
        decode(address, **options)
    except ValueError:
        return False
    return True


def _encoder(format_: AddressFormat) -> tuple[Callable[..., str], dict[str, Any]]:
    import bip_utils

    match format_:
        case AddressFormat.BITCOIN | AddressFormat.LITECOIN | AddressFormat.LIQUID:
            return bip_utils.P2WPKHAddrEncoder.EncodeKey, {"hrp": _HUMAN_PART[format_]}
        case AddressFormat.DOGECOIN:
            return bip_utils.P2PKHAddrEncoder.EncodeKey, {"net_ver": _DOGECOIN_VERSION}
        case AddressFormat.ETHEREUM:
            return bip_utils.EthAddrEncoder.EncodeKey, {}
        case AddressFormat.TRON:
            return bip_utils.TrxAddrEncoder.EncodeKey, {}
        case AddressFormat.XRP:
            return bip_utils.XrpAddrEncoder.EncodeKey, {}


def _decoders(format_: AddressFormat) -> list[tuple[Callable[..., Any], dict[str, Any]]]:
    import bip_utils as known

    old, scripts = known.P2PKHAddrDecoder.DecodeAddr, known.P2SHAddrDecoder.DecodeAddr
    segwit = {"hrp": _HUMAN_PART.get(format_, "")}
    match format_:
        case AddressFormat.BITCOIN:
            taproot = (known.P2TRAddrDecoder.DecodeAddr, segwit)
            bech32 = (known.P2WPKHAddrDecoder.DecodeAddr, segwit)
            return [bech32, taproot, (old, {"net_ver": b"\x00"}), (scripts, {"net_ver": b"\x05"})]
        case AddressFormat.LITECOIN:
            bech32 = (known.P2WPKHAddrDecoder.DecodeAddr, segwit)
            return [bech32, (old, {"net_ver": b"\x30"}), (scripts, {"net_ver": b"\x32"})]
        case AddressFormat.LIQUID:
            return [(known.P2WPKHAddrDecoder.DecodeAddr, segwit)]
        case AddressFormat.DOGECOIN:
            return [(old, {"net_ver": _DOGECOIN_VERSION}), (scripts, {"net_ver": b"\x16"})]
        case AddressFormat.TRON:
            return [(known.TrxAddrDecoder.DecodeAddr, {})]
        case AddressFormat.XRP:
            return [(known.XrpAddrDecoder.DecodeAddr, {})]
        case _:
            return []
