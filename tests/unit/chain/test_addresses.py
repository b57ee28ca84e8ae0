"""Addresses in each network's own format."""

from __future__ import annotations

import re
from typing import Final

import pytest

from bedesten.chain.addresses import accepts, canonical, derive
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
