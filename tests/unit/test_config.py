"""The venue file: what it says becomes domain words and commands, and what it cannot mean is refused by name."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Final

import msgspec
import pytest

from bedesten import config
from bedesten.config import (
    EVERY,
    ConfigError,
    VenueFile,
    commands,
    demo_venue_file,
    load_venue_file,
    parse_venue_file,
    said_by,
    setup_commands,
    under_newest_rules,
    venue_file,
)
from bedesten.config import convert as config_convert
from bedesten.config import fiat as config_fiat
from bedesten.config.networks import NetworkAssetRow, NetworkTable, WithdrawalsTable
from bedesten.domain.commands import ListAsset, ListInstrument, OpenAccount, SetFees, SetInstrument
from bedesten.domain.enums import FeeRule, InstrumentParameter, InstrumentState
from bedesten.domain.instruments import MATCHING_RULES

DOCS: Final = Path(__file__).resolve().parents[2] / "docs" / "venue-file.md"

SMALL: Final = """
assets = [
  { code = "USD", name = "US Dollar", fiat = true, scale = 2 },
  { code = "BTC", name = "Bitcoin" },
]
instruments = [
  { base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001, max_quantity = 2000 },
]
[venue]
name = "Small"
[groups.main]
min_notional = 10
buy_band = "0.3"
fees = [{ maker = 0.001, taker = 0.002 }]
"""

# BtcTurk's pairs: (name, decimals of quantity, decimals of price).
BTCTURK: Final = """
BTC-TRY 8 0, EOS-TRY 2 2, ETH-TRY 8 0, LTC-TRY 8 2, NEO-TRY 4 2, USDT-TRY 2 2, XLM-TRY 4 4, XRP-TRY 4 2, XTZ-TRY 2 2,
EOS-USDT 2 3, ETH-USDT 8 1, LTC-USDT 8 2, NEO-USDT 4 2, XLM-USDT 4 4, XRP-USDT 4 4, EOS-BTC 4 5, ETH-BTC 8 8,
LTC-BTC 8 5, NEO-BTC 8 5, XLM-BTC 4 8, XRP-BTC 4 8
"""


def parse(text: str) -> VenueFile:
    return parse_venue_file(text, source="venue.toml")


def names_in_file() -> set[str]:
    """Return every key that a venue file may hold, and every setting."""
    kinds = [
        config.Settings,
        venue_file._File,
        venue_file._Venue,
        venue_file._Asset,
        venue_file._Group,
        venue_file._Instrument,
    ]
    kinds += [NetworkTable, NetworkAssetRow, WithdrawalsTable]
    kinds += [
        venue_file._Listing,
        venue_file._Fees,
        config.RateLimit,
        config.Demo,
        config.DemoAccount,
        config.DemoPrice,
    ]
    kinds += [config_fiat.FiatTable, config_fiat.BankRow, config_fiat.BranchRow, config_fiat.CurrencyRow]
    kinds += [venue_file._BtseOptions, config_convert.ConvertTable, config_convert.LimitRow]
    return {name for kind in kinds for name in kind.__struct_fields__}


def test_a_venue_file_becomes_assets_and_instruments_numbered_in_its_order() -> None:
    """Ids count from 1, decimals become ticks, lots and minor units."""
    venue = parse(SMALL)

    (instrument,) = venue.instruments
    assert [(asset.id, asset.code, asset.scale) for asset in venue.assets] == [(1, "USD", 2), (2, "BTC", 8)]
    assert (instrument.id, instrument.name) == (1, "BTC-USD")
    assert instrument.price_text(3) == "1.5"
    assert instrument.max_quantity == 2000 * 100_000
    assert instrument.min_notional == 1000
    assert instrument.buy_band_ppm == 300_000


def test_an_instrument_states_a_rule_for_itself_over_its_group() -> None:
    """The row wins over the group."""
    venue = parse(SMALL.replace("max_quantity = 2000", 'min_notional = 25, state = "halted"'))

    assert venue.instruments[0].min_notional == 2500
    assert venue.instruments[0].state is InstrumentState.HALTED


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("tick_size = 0.5", "tick_size = 0", r"instruments\[0\] \(BTC-USD\)\.tick_size: 0 is out of range"),
        ("tick_size = 0.5", 'tick_size = "half"', r"tick_size: not a plain decimal"),
        ("tick_size = 0.5", "tick_size = 1_0.5", r"tick_size: not a plain decimal"),
        ("lot_size = 0.00001", "lot_size = 0.0000000001", r"lot_size: finer than BTC's 8 decimals"),
        ('base = "BTC"', 'base = "XYZ"', r"base: no asset XYZ; add it to assets"),
        ('base = "BTC"', 'base = "USD"', r"quote: the same as base"),
        ('group = "main"', 'group = "other"', r"no \[groups\.other\]; add it or name one of main"),
        ("max_quantity = 2000", "max_quantity = 0.000001", r"max_quantity: finer than 5 decimal places"),
        ("max_quantity = 2000", "max_quantity = 1, min_quantity = 2", r"max_quantity: below min_quantity"),
        ("max_quantity", "max_qty", r"instruments\[0\]: Object contains unknown field `max_qty`; docs/venue-file\.md"),
        ("maker = 0.001", "maker = 0.003", r"groups\.main\.fees\[0\]\.maker: above the taker fee"),
        ("taker = 0.002", "taker = 0.00200000001", r"taker: finer than 9 decimal places"),
        ('buy_band = "0.3"', "buy_band = -1", r"buy_band: -1 is out of range"),
        ('code = "BTC"', 'code = "btc"', r"assets\[1\]\.code: Expected `str` matching regex"),
        ('code = "BTC"', 'code = "USD"', r"assets\[1\]\.code: USD is listed twice"),
        ("scale = 2", "scale = 19", r"assets\[0\]\.scale: Expected `int` <= 18"),
        ('name = "Small"', "", r"venue: Object missing required field `name`"),
        ("[venue]", "[venue", r"not valid TOML"),
    ],
)
def test_what_a_file_cannot_mean_is_refused_by_name(old: str, new: str, told: str) -> None:
    """The message names the file, the key and what is wrong."""
    with pytest.raises(ConfigError, match=r"^venue\.toml: .*" + told):
        parse(SMALL.replace(old, new, 1))


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    """The message says what to do."""
    with pytest.raises(ConfigError, match=r"nowhere\.toml: cannot be read .*--config"):
        load_venue_file(tmp_path / "nowhere.toml")


def test_an_empty_venue_is_set_up_with_rules_before_it_opens() -> None:
    """Assets first, then each instrument with its fees and rules, its state last."""
    commands = setup_commands(parse(SMALL))

    assert commands[:2] == [ListAsset(asset=1), ListAsset(asset=2)]
    assert commands[2] == ListInstrument(
        instrument=1, base=2, quote=1, lot_value=1000, value_numerator=1, value_denominator=2000
    )
    assert commands[3] == SetFees(instrument=1, tier=0, maker_ppb=1_000_000, taker_ppb=2_000_000)
    assert commands[-1] == SetInstrument(
        instrument=1, parameter=InstrumentParameter.STATE, value=InstrumentState.TRADING
    )


def test_every_parameter_of_an_instrument_can_be_set_from_the_file() -> None:
    """No parameter of the core is out of the file's reach."""
    assert {parameter for parameter, _ in commands._PARAMETERS} == set(InstrumentParameter)


def test_a_running_venue_is_told_only_what_changed() -> None:
    """The difference between two files is what is asked for; none asks for nothing."""
    before = parse(SMALL)
    after = parse(SMALL.replace('buy_band = "0.3"', "sell_band = 0.2").replace("taker = 0.002", "taker = 0.003"))

    assert setup_commands(before, before) == []
    assert setup_commands(after, before) == [
        SetFees(instrument=1, tier=0, maker_ppb=1_000_000, taker_ppb=3_000_000),
        SetInstrument(instrument=1, parameter=InstrumentParameter.BUY_BAND_PPM, value=0),
        SetInstrument(instrument=1, parameter=InstrumentParameter.SELL_BAND_PPM, value=200_000),
    ]


def test_a_fee_tier_that_left_the_file_pays_what_the_last_one_pays() -> None:
    """An account may still stand in it."""
    tiers = "{ maker = 0.001, taker = 0.002 }, { maker = 0, taker = 0.001 }"
    before = parse(SMALL.replace("{ maker = 0.001, taker = 0.002 }", tiers))

    assert setup_commands(parse(SMALL), before) == [
        SetFees(instrument=1, tier=1, maker_ppb=1_000_000, taker_ppb=2_000_000)
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("scale = 2", "scale = 3", "USD .* keep the listed assets"),
        ("tick_size = 0.5", "tick_size = 1", "BTC-USD became BTC-USD, or its tick or lot changed"),
        ('{ code = "BTC", name = "Bitcoin" },', "", "BTC left the file"),
    ],
)
def test_what_money_is_counted_in_does_not_change_under_a_running_venue(old: str, new: str, told: str) -> None:
    """Balances and orders would mean something else."""
    text = SMALL.replace(old, new)
    if old.startswith("{"):
        text = re.sub(r"instruments = \[.*?\n\]", "instruments = []", text, flags=re.DOTALL)

    with pytest.raises(ConfigError, match=told):
        setup_commands(parse(text), parse(SMALL))


def test_a_venue_survives_being_kept_beside_its_data() -> None:
    """What encode writes, decode reads."""
    venue = demo_venue_file()

    assert VenueFile.decode(venue.encode()) == venue


def test_the_demo_lists_btcturks_pairs_at_its_scales() -> None:
    """A BtcTurk client's rounding fits the instrument exactly; its one pair with a finer book is BTC-USDT."""
    by_name = {row.name: row for row in demo_venue_file().instruments}

    for pair in BTCTURK.replace("\n", " ").split(","):
        name, quantity_scale, price_scale = pair.split()
        row = by_name[name]
        assert (row.quantity_scale, row.price_scale) == (int(quantity_scale), int(price_scale)), name
        assert (row.lot_size, row.tick_size) == (1, 1)
    btc_usdt = by_name["BTC-USDT"]
    assert (btc_usdt.quantity_scale, btc_usdt.price_text(1), btc_usdt.quantity_text(btc_usdt.min_quantity)) == (
        8, "0.1", "0.00001",
    )  # fmt: skip


def test_the_demo_charges_lira_pairs_in_quote_and_never_more_than_the_rates_with_tax() -> None:
    """0.18 % with tax of 50,000 lira is 90 at most: what BtcTurk tells its customers to have ready."""
    venue = demo_venue_file()
    row = venue.instruments[0]
    rates = venue.fees[row.id][0]

    assert (row.name, row.fee_rule, row.tax_ppb) == ("BTC-TRY", FeeRule.IN_QUOTE, 180_000_000)
    assert row.amount_text(row.min_notional) == "99.91"
    assert (row.price_floor_ppm, row.price_ceiling_ppm) == (100_000, 10_000_000)
    assert 50_000 * rates.taker_ppb * (10**9 + row.tax_ppb) <= 90 * 10**18


def test_the_demo_lists_btses_samples_as_they_stand() -> None:
    """BTC-USD: half-dollar ticks, from 0.00001 to 2000; bands of 30 per cent; fees of 0.2 per cent in what is received."""
    venue = demo_venue_file()
    (row,) = (row for row in venue.instruments if row.name == "BTC-USD")

    assert (row.price_text(1), row.quantity_text(row.min_quantity), row.quantity_text(row.max_quantity)) == (
        "0.5", "0.00001", "2000",
    )  # fmt: skip
    assert (row.buy_band_ppm, row.sell_band_ppm, row.market_protection_ppm) == (300_000, 300_000, 50_000)
    assert row.fee_rule is FeeRule.IN_RECEIVED
    assert venue.fees[row.id][0].taker_ppb == 2_000_000


def test_the_demo_accounts_have_secrets_of_32_bytes() -> None:
    """Both venues' signatures can use them, as text or decoded."""
    accounts = demo_venue_file().demo.accounts

    assert [account.name for account in accounts] == ["trader1", "trader2", "observer"]
    assert all(len(base64.b64decode(account.api_secret, validate=True)) == 32 for account in accounts)
    assert accounts[2].permissions == ("read",)


def test_every_key_and_setting_is_documented() -> None:
    """A key cannot ship before the guide explains it."""
    written = set(re.findall(r"`\[?([a-z_]+)", DOCS.read_text()))

    assert names_in_file() - written == set()


def test_every_word_a_key_may_hold_is_documented_and_read() -> None:
    """States and fee rules are told in full, and the file's words are the domain's."""
    text = DOCS.read_text()

    for rule, kinds in (("state", InstrumentState), ("fee_rule", FeeRule)):
        for kind in kinds:
            word = f'"{kind.name.lower()}"'
            assert word in text
            row = parse(SMALL.replace("max_quantity = 2000", f"{rule} = {word}")).instruments[0]
            assert getattr(row, rule) is kind


def listed(row: str) -> VenueFile:
    return parse(f"{SMALL}\n[listings]\napi = [{{ {row} }}]")


def test_an_api_lists_instruments_in_its_own_terms() -> None:
    """What a row leaves out is the instrument's."""
    (plain,) = listed('base = "BTC", quote = "USD"').listings["api"]
    (own,) = listed(
        'base = "BTC", quote = "USD", symbol = "XBTUSD", price_scale = 0, quantity_scale = 3, min_value = 9.91'
    ).listings["api"]

    assert (plain.number, plain.instrument, plain.symbol, plain.price_scale, plain.quantity_scale, plain.min_value) == (
        1, 1, "BTCUSD", 1, 5, 0,
    )  # fmt: skip
    assert (own.symbol, own.price_scale, own.quantity_scale, own.min_value) == ("XBTUSD", 0, 3, 991)
    assert VenueFile.decode(listed('base = "BTC", quote = "USD"').encode()).listings["api"] == (plain,)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('base = "ETH", quote = "USD"', "no such instrument"),
        ('base = "BTC", quote = "USD" }, { base = "BTC", quote = "USD"', "listed twice"),
        ('base = "BTC", quote = "USD", price_scale = 2', "finer than the instrument"),
        ('base = "BTC", quote = "USD", quantity_scale = 6', "finer than the instrument"),
        ('base = "BTC", quote = "USD", min_value = 0.001', "finer than 2 decimal places"),
    ],
)
def test_a_list_that_the_book_cannot_keep_is_refused(row: str, told: str) -> None:
    """With the place in the file."""
    with pytest.raises(ConfigError, match=rf"listings\.api\[.*{told}"):
        listed(row)


def test_the_demo_lists_btcturks_pairs_at_their_scales() -> None:
    """All 22, in the documents' order."""
    demo = demo_venue_file()
    names = {instrument.id: instrument.name for instrument in demo.instruments}

    told = {names[row.instrument]: (row.quantity_scale, row.price_scale) for row in demo.listings["btcturk"]}

    wanted = {name: (int(lots), int(ticks)) for name, lots, ticks in (row.split() for row in BTCTURK.split(","))}
    shared = {"BTC-USDT": (8, 0), "ETH-USDT": (8, 1), "LTC-USDT": (8, 2), "XRP-USDT": (4, 4)}
    assert told == wanted | shared


def test_a_file_says_what_may_be_converted() -> None:
    """The spread in parts per million, limits by the number of the asset; the desk's account is opened for it."""
    convert = "\n[convert]\nspread = 0.0015\nlimits = { BTC = { min = 0.5, max = 2 }, USD = { min = 1 } }\n"
    venue = parse(SMALL + convert)

    assert venue.convert is not None
    assert venue.convert.spread_ppm == 1_500
    assert (venue.convert.limit(2).min_amount, venue.convert.limit(2).max_amount) == (50_000_000, 200_000_000)
    assert (venue.convert.limit(1).min_amount, venue.convert.limit(9).max_amount) == (100, 0)
    assert OpenAccount(account=3) in config.setup_commands(venue)
    assert OpenAccount(account=3) not in config.setup_commands(parse(SMALL))
    assert config.setup_commands(venue, venue) == []
    assert config.VenueFile.decode(venue.encode()) == venue


@pytest.mark.parametrize(
    ("table", "key"),
    [
        ("spread = 0.6", "convert.spread"),
        ('spread = "much"', "convert.spread"),
        ("limits = { ETH = { min = 1 } }", "convert.limits.ETH"),
        ("limits = { BTC = { min = 2, max = 1 } }", "convert.limits.BTC.max"),
        ("limits = { BTC = { max = 0.000000001 } }", "convert.limits.BTC.max"),
        ("speed = 1", "convert"),
    ],
)
def test_terms_of_conversion_that_cannot_be_meant_are_refused(table: str, key: str) -> None:
    """By the key."""
    with pytest.raises(ConfigError, match=key):
        parse(f"{SMALL}\n[convert]\n{table}\n")


@pytest.mark.parametrize(
    "written",
    [
        '[answers]\n"btse.wallet_history" = "numbers"',
        '[answers]\nbtse.wallet_history = "numbers"',
        '[answers.btse]\nwallet_history = "numbers"',
        '[dialects.btse]\nwallet_history = "numbers"',
    ],
)
def test_an_answer_is_chosen_in_each_way_that_toml_has(written: str) -> None:
    """And in the place where it stood before."""
    venue = parse(f"{SMALL}\n{written}\n")

    assert venue.answers == {"btse.wallet_history": "numbers"}
    assert VenueFile.decode(venue.encode()) == venue
    assert parse(SMALL).answers == {}


def test_an_answer_that_is_said_twice_is_refused_unless_both_say_the_same() -> None:
    """The former place does not win over the present one, nor the other way round."""
    former = '[dialects.btse]\nwallet_history = "words"\n'
    with pytest.raises(ConfigError, match=r"answers\.btse\.wallet_history: said twice"):
        parse(f'{SMALL}\n[answers]\nbtse.wallet_history = "numbers"\n{former}')
    with pytest.raises(ConfigError, match="wallet_history"):
        parse(f'{SMALL}\n[dialects.btse]\nwallet_history = "runes"\n')


def test_a_venue_that_was_kept_by_a_former_version_keeps_its_generation() -> None:
    """There the choice was a field of its own."""
    kept = msgspec.json.decode(msgspec.json.encode(parse(SMALL))) | {"btse_wallet_history": "numbers"}
    del kept["answers"]

    venue = VenueFile.decode(msgspec.msgpack.encode(kept))  # as it is brought in: numbers of things are texts in JSON
    assert venue.answers == {"btse.wallet_history": "numbers"}
    assert venue.fees == parse(SMALL).fees


def test_limits_of_withdrawals_are_minor_units_by_level() -> None:
    """One amount a level, in the asset's own units."""
    venue = parse(SMALL + '[withdrawals.day_max]\nUSD = [0, "100.25"]\nBTC = [0.5]\n')

    assert venue.withdrawals is not None
    assert venue.withdrawals.day_max == {1: (0, 10_025), 2: (50_000_000,)}
    assert VenueFile.decode(venue.encode()) == venue


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("EUR = [1]", "day_max.EUR"),
        ("BTC = []", "day_max.BTC"),
        ("USD = [0.001]", "day_max.USD"),
        ("USD = [-1]", "day_max.USD"),
    ],
)
def test_a_limit_that_cannot_be_meant_is_refused_by_name(row: str, key: str) -> None:
    """An asset that is not listed, no amount, one too fine, one below zero."""
    with pytest.raises(ConfigError, match=re.escape(f"withdrawals.{key}")):
        parse(f"{SMALL}[withdrawals.day_max]\n{row}\n")


COARSE: Final = SMALL.replace("min_notional = 10\n", "")


@pytest.mark.parametrize("rule", ["", "min_notional = 0", 'min_notional = "0.00"'])
def test_an_instrument_whose_fills_round_needs_a_least_worth(rule: str) -> None:
    """The sentence says which instrument, why, and what to write."""
    text = SMALL.replace("min_notional = 10\n", f"{rule}\n")

    with pytest.raises(ConfigError, match=r"instruments\[0\] \(BTC-USD\): one tick × one lot is worth 1/2000 .*USD"):
        parse(text)
    with pytest.raises(ConfigError, match=r"set min_notional, to 10 or more \(1,000 units\), in the row or its group"):
        parse(text)


def test_an_instrument_with_a_least_worth_may_be_fine() -> None:
    """In its row or its group; and a file that a venue keeps opens as it is."""
    in_row = COARSE.replace("max_quantity = 2000", "min_notional = 10")
    assert parse(in_row).instruments[0].min_notional == parse(SMALL).instruments[0].min_notional == 1_000
    kept = parse_venue_file(COARSE, source="kept", tolerated=EVERY)
    assert said_by(kept) == {("BTC-USD", "1/2000")}
    assert parse_venue_file(COARSE, source="changed", tolerated=said_by(kept)) == kept
    assert said_by(demo_venue_file()) == set()


def test_the_packaged_instruments_ask_for_a_thousand_units_or_more() -> None:
    """So that rounding is less than a thousandth of any order that is filled at once."""
    assert min(instrument.min_notional for instrument in demo_venue_file().instruments) >= 1_000
    for listing in demo_venue_file().listings["btcturk"]:
        assert listing.min_value >= 1_000  # what its exchangeinfo tells


def test_every_instrument_is_set_up_by_the_newest_rules_of_matching() -> None:
    """A new one, one that an older program kept, and one of a venue that was kept before files were."""
    rules = SetInstrument(instrument=1, parameter=InstrumentParameter.MATCHING_RULES, value=MATCHING_RULES)
    file = parse(SMALL)
    older = msgspec.structs.replace(
        file, instruments=tuple(msgspec.structs.replace(each, matching_rules=0) for each in file.instruments)
    )

    assert rules in setup_commands(file)
    assert setup_commands(file, older) == [rules]
    assert setup_commands(under_newest_rules(older), older) == [rules]
    assert "matching_rules" not in names_in_file()  # nobody may choose an older one


@pytest.mark.parametrize("symbol", ['BTC"USD', "BTC\\nUSD", "BTC USD", "BTC/USD", "₿USD", "B", "B" * 33, ""])
def test_a_symbol_is_what_may_stand_in_any_answer_as_it_is(symbol: str) -> None:
    """Quotes, blanks and control characters would break what is printed with it; a name is refused at the file."""
    row = (
        f'[listings]\nbtcturk = [{{ base = "BTC", quote = "USD", symbol = {msgspec.json.encode(symbol).decode()} }}]\n'
    )

    with pytest.raises(ConfigError, match=r"listings.*\[0\].*\.symbol: .* take 2 to 32 letters"):
        parse(SMALL.replace("[venue]", row + "[venue]", 1))


def test_a_listed_instruments_number_is_its_own() -> None:
    """Where it is not given, it is the place in the list; two rows with one number are refused."""
    rows = '[listings]\nbtcturk = [{{ base = "BTC", quote = "USD", number = {} }}]\n'
    (listing,) = parse(SMALL.replace("[venue]", rows.format(19) + "[venue]", 1)).listings["btcturk"]
    assert listing.number == 19

    for number in (0, 1_000_001):
        with pytest.raises(ConfigError, match=r"number"):
            parse(SMALL.replace("[venue]", rows.format(number) + "[venue]", 1))
    demo = demo_venue_file().listings["btcturk"]
    numbers = {row.symbol: row.number for row in demo}
    assert len(set(numbers.values())) == len(demo)
    known = {"BTCTRY": 1, "USDTTRY": 18, "BTCUSDT": 19, "ETHUSDT": 20}
    assert {name: numbers[name] for name in known} == known
