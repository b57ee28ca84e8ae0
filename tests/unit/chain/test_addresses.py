"""Addresses in each network's own format."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Final

import pytest

from bedesten.chain import base58, segwit
from bedesten.chain.addresses import accepts, address_of, canonical, derive
from bedesten.domain.networks import AddressFormat

F = AddressFormat
SEED: Final = b"a seed of the tests"

#: Published examples. Source: BIP-173, BIP-350, EIP-55, the documents of Tron and XRPL; the first addresses of Bitcoin.
KNOWN: Final = [
    (F.BITCOIN, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"),
    (F.BITCOIN, "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4"),
    (F.BITCOIN, "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"),
    (F.ETHEREUM, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
    (F.ETHEREUM, "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"),
    (F.TRON, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"),
    (F.XRP, "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh"),
]
SHAPE: Final = {
    F.BITCOIN: "bc1q[a-z0-9]{38}",
    F.LITECOIN: "ltc1q[a-z0-9]{38}",
    F.LIQUID: "ex1q[a-z0-9]{38}",
    F.DOGECOIN: "D[1-9A-Za-z]{33}",
    F.ETHEREUM: "0x[0-9a-fA-F]{40}",
    F.TRON: "T[1-9A-Za-z]{33}",
    F.XRP: "r[1-9A-Za-z]{24,34}",
}


@pytest.mark.parametrize("format_", list(F))
def test_every_format_derives_what_it_accepts(format_: AddressFormat) -> None:
    """In its own shape, the same again for the same number, and another for another number or seed."""
    address = derive(SEED, format_, 1)

    assert re.fullmatch(SHAPE[format_], address)
    assert accepts(format_, address, "")
    assert derive(SEED, format_, 1) == address
    assert address not in (derive(SEED, format_, 2), derive(b"another seed", format_, 1))


@pytest.mark.parametrize("format_", list(F))
def test_an_address_is_right_on_its_own_network_only(format_: AddressFormat) -> None:
    """Nobody pays a bitcoin address on Tron; a mistyped letter is found as well."""
    address = derive(SEED, format_, 1)
    mistyped = address[:-1] + ("x" if address[-1] != "x" else "y")

    assert [each for each in F if accepts(each, address, "")] == [format_]
    assert not accepts(format_, mistyped, "")
    assert not accepts(format_, "", "") and not accepts(format_, "é" * 30, "") and not accepts(format_, "b" * 200, "")


@pytest.mark.parametrize(("format_", "address"), KNOWN)
def test_published_addresses_are_accepted(format_: AddressFormat, address: str) -> None:
    """The examples of the networks' own documents."""
    assert accepts(format_, address, "")


def test_a_wrong_checksum_of_capitals_is_refused() -> None:
    """EIP-55: mixed letters must be the right mix."""
    assert not accepts(F.ETHEREUM, "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "")
    assert canonical(F.ETHEREUM, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed") == KNOWN[4][1]


def test_only_some_networks_have_tags() -> None:
    """A tag is a number of 32 bits, where there are tags at all."""
    ripple, bitcoin = derive(SEED, F.XRP, 0), derive(SEED, F.BITCOIN, 0)

    assert accepts(F.XRP, ripple, "4294967295") and accepts(F.XRP, ripple, "")
    assert not any(accepts(F.XRP, ripple, tag) for tag in ("4294967296", "99999999999999", "-1", "a", "²"))
    assert not accepts(F.BITCOIN, bitcoin, "1")


# ── what is derived stays ──

#: The first address of each format under SEED, and a digest of the first 300: what venues that run have given out.
DERIVED: Final = {
    F.BITCOIN: ("bc1q43tw83xgwqmj9dqve50lrkflwpy33tfncumfs8", "bfb292008a16271680f32c21cbd754c3"),
    F.LITECOIN: ("ltc1qc6mq6eldhkdpcmp4ukeeh6ux0lmxflcapw4t7s", "540e1cc98b7e01cd160acf656bb6a2b8"),
    F.LIQUID: ("ex1qjmshndugca2ep4t0942fdtyre5wht2jtj5h36h", "765d7e099c16bac4ddb28d41aa86a245"),
    F.DOGECOIN: ("DSMxPByntHopDgQLbJjh3u54H7oHGwt4ya", "c180f0aff21d0a16fa247b97c73dff99"),
    F.ETHEREUM: ("0xADdbFfB46696Cd5B2505550B9A62FAa917D3404f", "beef9df083df58c00dfec34671954202"),
    F.TRON: ("TKancwoA8yJxEpEpgYdL21ueBukM6MZ1SR", "6b01d4fc6c17e30d7c3afa6a63296155"),
    F.XRP: ("rUswJagb85d5jZ2QvnQPYxjQhKVjAMzi4x", "3cfaa85e1b8614be74623aa5983a3690"),
}


@pytest.mark.parametrize("format_", list(F))
def test_an_address_that_was_given_out_is_derived_again(format_: AddressFormat) -> None:
    """By every version of this program: somebody may still pay there."""
    first, digest = DERIVED[format_]

    addresses = [derive(SEED, format_, index) for index in range(300)]

    assert addresses[0] == first
    assert hashlib.sha256("\n".join(addresses).encode()).hexdigest()[:32] == digest


#: Of the phrase "abandon … about". Source: BIP-84 for Bitcoin; the same path rules for the others (BIP-44, SLIP-44), which
#: every wallet shows.
OF_THE_PHRASE: Final = [
    ("m/84'/0'/0'/0/0", F.BITCOIN, "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu"),
    ("m/84'/2'/0'/0/0", F.LITECOIN, "ltc1qjmxnz78nmc8nq77wuxh25n2es7rzm5c2rkk4wh"),
    ("m/44'/60'/0'/0/0", F.ETHEREUM, "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"),
    ("m/44'/195'/0'/0/0", F.TRON, "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH"),
    ("m/44'/144'/0'/0/0", F.XRP, "rHsMGQEkVNJmpGWs8XUBoTBiAAbwxZN5v3"),
    ("m/44'/3'/0'/0/0", F.DOGECOIN, "DBus3bamQjgJULBJtYXpEzDWQRwF5iwxgC"),
]


@pytest.mark.parametrize(("path", "format_", "address"), OF_THE_PHRASE)
def test_a_key_has_the_address_that_wallets_show_for_it(path: str, format_: AddressFormat, address: str) -> None:
    """From a phrase that everybody knows, by the path of each network."""
    seed = hashlib.pbkdf2_hmac("sha512", ("abandon " * 11 + "about").encode(), b"mnemonic", 2048)

    assert address_of(format_, key_at(seed, path)) == address


def key_at(seed: bytes, path: str) -> int:
    """Return the private key at a path below a seed (BIP-32)."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    digest = hmac.digest(b"Bitcoin seed", seed, "sha512")
    key, code = int.from_bytes(digest[:32], "big"), digest[32:]
    for part in path.split("/")[1:]:
        index = int(part.rstrip("'")) + (1 << 31 if part.endswith("'") else 0)
        public = ec.derive_private_key(key, ec.SECP256K1()).public_key()
        compressed = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        parent = b"\0" + key.to_bytes(32, "big") if index >> 31 else compressed
        digest = hmac.digest(code, parent + index.to_bytes(4, "big"), "sha512")
        key, code = (int.from_bytes(digest[:32], "big") + key) % order, digest[32:]
    return key


# ── the two encodings ──

#: Source: BIP-173 and BIP-350, test vectors.
WITNESS: Final = [
    ("bc", "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", 0),
    ("bc", "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y", 1),
    ("bc", "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", 1),
    ("tb", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7", 0),
]
NO_WITNESS: Final = {
    "bech32m is for later versions": "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "a program of one byte": "bc1pw5dgrnzv",
    "version 0 has 20 or 32 bytes": "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P",
    "version 0 is bech32": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
    "no data": "bc1gmk9yu",
    "bits left over": "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
    "another network": "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
    "mixed case": "bc1Qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "a letter outside the alphabet": "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3tb",
    "nothing in front": "1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    "no separator": "qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
}


@pytest.mark.parametrize(("human_part", "address", "version"), WITNESS)
def test_a_witness_address_is_read_and_written_again(human_part: str, address: str, version: int) -> None:
    """The vectors of the documents, in small letters."""
    found, program = segwit.decode(human_part, address)

    assert found == version and segwit.encode(human_part, version, program) == address.lower()


@pytest.mark.parametrize("why", sorted(NO_WITNESS))
def test_what_is_no_witness_address_is_refused(why: str) -> None:
    """Each for a reason of its own."""
    with pytest.raises(ValueError):
        segwit.decode("bc", NO_WITNESS[why])


def test_what_can_be_paid_to_is_a_key_a_script_or_a_taproot_output() -> None:
    """What a later version means is settled nowhere: money sent there may be anybody's."""
    human = "bc"
    assert accepts(F.BITCOIN, segwit.encode(human, 0, b"s" * 32), "")
    assert accepts(F.BITCOIN, segwit.encode(human, 1, b"s" * 32), "")
    assert not accepts(F.BITCOIN, segwit.encode(human, 1, b"s" * 20), "")
    assert not accepts(F.BITCOIN, segwit.encode(human, 2, b"s" * 32), "")
    assert not accepts(F.BITCOIN, base58.encode(b"\x00" + b"s" * 21), "")
    assert not accepts(F.BITCOIN, base58.encode(b"\x30" + b"s" * 20), "")


@pytest.mark.parametrize("payload", [b"", b"\0", b"\0\0\1", b"\xff" * 21, bytes(21)])
@pytest.mark.parametrize("alphabet", [base58.BITCOIN, base58.XRP])
def test_base58_keeps_every_byte(payload: bytes, alphabet: str) -> None:
    """Zeros in front, too."""
    assert base58.decode(base58.encode(payload, alphabet), alphabet) == payload


@pytest.mark.parametrize("text", ["", "1", "0", "l", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "é"])
def test_base58_with_a_wrong_checksum_or_letter_is_refused(text: str) -> None:
    """And what is too short to have one."""
    with pytest.raises(ValueError):
        base58.decode(text)


@pytest.mark.parametrize(
    "address",
    [
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    ],
)
def test_capitals_are_the_checksum_of_an_ethereum_address(address: str) -> None:
    """Source: EIP-55. One capital more or less is a mistyped address."""
    assert accepts(F.ETHEREUM, address, "")
    assert accepts(F.ETHEREUM, "0x" + address[2:].upper(), "") and accepts(F.ETHEREUM, address.lower(), "")
    for at, letter in enumerate(address[2:], 2):
        if letter.isalpha():
            assert not accepts(F.ETHEREUM, address[:at] + letter.swapcase() + address[at + 1 :], "")
