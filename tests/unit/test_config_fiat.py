"""The `[fiat]` table: what it says, and what it must not."""

from __future__ import annotations

import pytest

from bedesten.config import ConfigError, VenueFile, demo_venue_file, parse_venue_file

FILE = """
assets = [{ code = "TWD", name = "Dollar", fiat = true, scale = 4 }, { code = "BTC", name = "Bitcoin" }]
instruments = []
groups = {}
[venue]
name = "test"
[fiat]
utc_offset_hours = 8
banks = [{ code = "004", name = "First", branches = [{ code = "0037", name = "Head" }] }]
[fiat.currencies.TWD]
bank = "004"
branch = "0037"
holder = "Venue"
account_prefix = "99781"
withdraw_fee = 15
withdraw_min = 100
deposit_day = 0.5
"""


def parse(text: str) -> VenueFile:
    return parse_venue_file(text, source="tests")


def test_terms_are_counted_in_minor_units() -> None:
    """And the least of anything is one of them; they survive being kept."""
    venue = parse(FILE)

    assert venue.fiat is not None
    (currency,) = venue.fiat.currencies
    assert (currency.asset, currency.fee, currency.withdraw.least) == (1, 15_0000, 100_0000)
    assert (currency.deposit.least, currency.deposit.day, venue.fiat.utc_offset_s) == (1, 5000, 8 * 3600)
    assert VenueFile.decode(venue.encode()) == venue


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ('bank = "004"', 'bank = "005"', "must stand in fiat.banks"),
        ('branch = "0037"', 'branch = "0038"', "must stand in fiat.banks"),
        ("currencies.TWD", "currencies.BTC", "fiat = true"),
        ("currencies.TWD", "currencies.EUR", "fiat = true"),
        ("withdraw_min = 100", "withdraw_min = 100\nwithdraw_max = 99", "below withdraw_min"),
        ("withdraw_fee = 15", "withdraw_fee = 0.00001", "decimal"),
        ("withdraw_fee = 15", "withdraw_fee = -1", "out of range"),
        ('{ code = "0037", name = "Head" }', '{ code = "0037", name = "A" }, { code = "0037", name = "B" }', "share a code"),
        ('banks = [', 'banks = [{ code = "004", name = "X" }, ', "second bank"),
        ('account_prefix = "99781"', 'account_prefix = "9-9"', "account_prefix"),
    ],
)  # fmt: skip
def test_terms_that_make_no_sense_are_refused_by_their_key(good: str, bad: str, says: str) -> None:
    """Before anything is opened."""
    with pytest.raises(ConfigError, match=says):
        parse(FILE.replace(good, bad))


def test_the_demo_moves_new_taiwan_dollars() -> None:
    """It quotes USDT for them, and every branch that it names is of a bank that it names."""
    venue = demo_venue_file()

    assert venue.fiat is not None and venue.otc is not None
    names = [asset.code for asset in venue.assets]
    assert [names[currency.asset - 1] for currency in venue.fiat.currencies] == ["TWD"]
    quoted = {venue.instruments[market.instrument - 1].name for market in venue.otc.markets}
    assert "USDT-TWD" in quoted
    assert all(bank.branches and len(bank.code) == 3 for bank in venue.fiat.banks)
