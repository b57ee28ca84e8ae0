"""Changing one place in a venue file's text: the rest, comments included, stays as it was written."""

from __future__ import annotations

import pytest

from bedesten.config.edit import EditRefused, differences, leaves, with_row, with_value, without_value

INLINE = """# my venue
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00010 }]
venue = { name = "test" }
[groups.plain]  # everybody's
fees = [{ maker = 0.0005, taker = 0.0006 }]
"""
TABLES = """
[[assets]]
code = "USD"
name = "US Dollar"  # the first

[[assets]]
code = "BTC"
name = "Bitcoin"

[[instruments]]
base = "BTC"
quote = "USD"
group = "plain"
tick_size = 0.5
lot_size = 0.0001

[groups.plain]
fees = [{ maker = 0.0005, taker = 0.0006 }]
"""


@pytest.mark.parametrize("text", [INLINE, TABLES], ids=["inline", "tables"])
def test_a_key_of_a_row_is_set_by_the_rows_name(text: str) -> None:
    """However the file writes its rows; digits stay as they were written."""
    changed = with_value(text, "instruments.BTC-USD.min_notional", "10.50")

    assert differences(text, changed) == [("instruments.BTC-USD.min_notional", "", "10.50")]
    assert "#" in changed


@pytest.mark.parametrize(
    ("key", "value", "after"),
    [
        ("groups.plain.fees.0.maker", "0.00040", "0.00040"),
        ("instruments.BTC-USD.state", "halted", "halted"),
        ("instruments.BTC-USD.state", '"halted"', "halted"),
        ("rate_limits.btse.orders.requests", "5", "5"),
        ("assets.USD.fiat", "false", "false"),
        ("venue.name", "a name of words", "a name of words"),
    ],
)
def test_values_are_toml_or_bare_words(key: str, value: str, after: str) -> None:
    """A table that is not there yet is made."""
    changed = with_value(INLINE, key, value)

    assert leaves(changed)[key] == after
    assert len(differences(INLINE, changed)) == 1


@pytest.mark.parametrize("text", [INLINE, TABLES], ids=["inline", "tables"])
def test_a_row_goes_to_the_end(text: str) -> None:
    """Numbers follow from the order, so nothing may come in between."""
    changed = with_row(text, "assets", {"code": "ETH", "name": "Ether", "scale": 8})

    assert [key for key, _, _ in differences(text, changed)] == [
        "assets.ETH.code",
        "assets.ETH.name",
        "assets.ETH.scale",
    ]
    assert list(leaves(changed)).index("assets.ETH.code") > list(leaves(changed)).index("assets.BTC.code")


def test_a_key_that_goes_leaves_its_default() -> None:
    """What is not there cannot go."""
    set_ = with_value(INLINE, "instruments.BTC-USD.min_notional", "10")

    assert leaves(without_value(set_, "instruments.BTC-USD.min_notional")) == leaves(INLINE)
    with pytest.raises(EditRefused, match="no instruments"):
        without_value(INLINE, "instruments.BTC-USD.min_notional")
    with pytest.raises(EditRefused, match="the venue file has no nothing"):
        without_value(INLINE, "nothing.at.all")


@pytest.mark.parametrize(
    ("key", "named"),
    [
        ("instruments.BTC-EUR.state", "there is no BTC-EUR; there are BTC-USD"),
        ("instruments.BTC-USD", "whole row"),
        ("venue.name.first", "nothing lies below"),
        ("groups.nope.fees.0.taker", "the venue file has no groups.nope.fees"),
        ("listings.btcturk.0.min_value", "the venue file has no listings.btcturk"),
    ],
)
def test_a_place_that_is_none_is_refused(key: str, named: str) -> None:
    """With what there is."""
    with pytest.raises(EditRefused, match=named):
        with_value(INLINE, key, "1")
