"""Venue files that a former program took, in directories that it left: all of them open, and only what is new is refused."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
import pytest

from bedesten.bootstrap import Start, offline_venue, open_store, running_venue, serve
from bedesten.clock import ManualClock
from bedesten.config import ConfigError, Settings, VenueFile, demo_venue_text, read_venue_text
from bedesten.config.edit import with_value
from bedesten.domain.commands import RecordNote
from bedesten.domain.notes import VenueFileInForce
from bedesten.services.log import recover
from bedesten.services.venue import Venue
from bedesten.services.venue_file.fold_venue_file import VenueFileFold

BEGIN_NS: Final = 1_700_000_000_000_000_000

FILE: Final = """
assets = [
  { code = "USD", name = "US Dollar", fiat = true, scale = 2 },
  { code = "BTC", name = "Bitcoin" },
  { code = "ETH", name = "Ether" },
]
instruments = [
  { base = "BTC", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001, max_quantity = 2000 },
  { base = "ETH", quote = "USD", group = "main", tick_size = 0.5, lot_size = 0.00001, max_quantity = 2000 },
]
[venue]
name = "Small"
[groups.main]
min_notional = 10
fees = [{ maker = 0.001, taker = 0.002 }]
"""


def desk(terms: str, *spreads: str) -> str:
    """Return an `[otc]` table."""
    rows = ", ".join(f"{{ quantity = {at}, spread = {spread} }}" for at, spread in enumerate(spreads, 1))
    market = f'{{ base = "BTC", quote = "USD", min_quantity = 0.01, spreads = [{rows}] }}' if spreads else ""
    return f"{FILE}[otc]\n{terms}\nmarkets = [{market}]\n"


def listed(*symbols: str) -> str:
    """Return a list of BtcTurk's, one row for each symbol."""
    rows = ", ".join(
        f'{{ base = "{base}", quote = "USD", symbol = {msgspec.json.encode(symbol).decode()} }}'
        for base, symbol in zip(("BTC", "ETH"), symbols, strict=False)
    )
    return f"{FILE}[listings]\nbtcturk = [{rows}]\n"


COARSE: Final = FILE.replace("min_notional = 10\n", "")
FIAT_CHAIN: Final = f"""{FILE}
[networks.Tron]
format = "tron"
block_seconds = 3
confirmations = 19
assets = {{ USD = {{}} }}
"""

#: What a former program took: the file, what the start says of it, the words of the refusal when it is new.
FORMERLY: Final = {
    "coarse": (COARSE, ["BTC-USD, ETH-USD: small fills round badly"], "set min_notional"),
    "tolerance": (
        desk("tolerance = 0.001", "0.0004"),
        ["otc.tolerance: 0.001 is more than the 0.0008"],
        "otc.tolerance",
    ),
    "discounts": (
        desk("tolerance = 0.001\ndiscounts = [0, 0.8]", "0.001", "0.002"),
        ["less a discount of 0.8, and 0.0004 is taken in its place. Set otc.tolerance to 0.0004 at most"],
        "Set otc.tolerance to 0.0004",
    ),
    "all of the spread": (
        desk("tolerance = 1\ndiscounts = [1]", "0.001"),
        ["and 0 is taken in its place"],
        "otc.tolerance",
    ),
    "no spread": (desk("tolerance = 0.001", "0"), ["and 0 is taken in its place"], "otc.tolerance"),
    "no market": (desk("tolerance = 0.5"), ["and 0.002 is taken in its place"], "otc.tolerance"),
    "quotes": (
        listed('BTC"USD', "ETH\\USD"),
        ["listings.btcturk.BTC-USD, listings.btcturk.ETH-USD: its symbol"],
        "symbol",
    ),
    "control": (listed("BTC\nUSD"), ["its symbol is told as it is, or as base and quote"], "symbol"),
    "odd symbols": (listed("BTC/USD", "₿ USD"), ["Set another: 2 to 32 letters"], "symbol"),
    "empty": (listed("", "E" * 99), ["its symbol"], "symbol"),
    "fiat": (FIAT_CHAIN, ["networks.Tron.assets.USD: a state's money"], "which no network carries"),
}

#: And what a new file may say as well, in the words of former programs.
STILL: Final = {
    "plain": FILE,
    "discounted default": desk("discounts = [0.8]", "0.0004"),
    "no discounts": desk("discounts = []", "0.001"),
    "former answers": f'{FILE}[dialects.btse]\nwallet_history = "words"\n',
    "former numbers": f'{FILE}[dialects.btse]\nwallet_history = "numbers"\n',
    "former limits": f"{FILE}[rate_limits.btcturk]\ntransactions = {{ requests = 5, seconds = 1 }}\n",
    "demo without prices": f"{FILE}[demo]\n",
    "demo": demo_venue_text(),
}


async def keep(home: Path, text: str, *, only_meaning: bool = False) -> Settings:
    """Leave a data directory as a former program does that took the file as it reads."""
    settings, failures = Settings(data=str(home)), list[BaseException]()
    with open_store(settings, print) as store:
        start = Start(read_venue_text(text, source="former"), text, text)
        state = recover(store.log, store.vault.snapshots)
        async with running_venue(settings, store, state, start, ManualClock(BEGIN_NS), failures.append) as venue:
            kept = state.folds.of(VenueFileFold).in_force
            assert kept is not None and VenueFile.decode(kept.meaning) == start.file
            if only_meaning:
                await venue.sequencer.submit(RecordNote(), notes=(VenueFileInForce("", kept.meaning),))
    assert not failures
    return settings


@asynccontextmanager
async def opened(settings: Settings, said: list[str]) -> AsyncIterator[Venue]:
    """Yield the venue as today's program opens it, and what it says in *said*."""
    async with offline_venue(settings, said.append) as venue:
        yield venue


@pytest.mark.parametrize("named", [False, True], ids=["kept", "named again"])
@pytest.mark.parametrize("kind", FORMERLY)
async def test_a_kept_file_opens_whatever_a_new_one_may_not_say(kind: str, named: bool, tmp_path: Path) -> None:
    """By itself or named by --config as before; each start says what it takes and what to set."""
    text, notices, _ = FORMERLY[kind]
    settings = await keep(tmp_path / "data", text)
    if named:
        given = tmp_path / "venue.toml"
        given.write_text(text)
        settings = msgspec.structs.replace(settings, config=str(given))

    for _start in range(2):
        said: list[str] = []
        async with opened(settings, said) as venue:
            assert venue.changes is not None and venue.changes.text == text
        told = [line for line in said if line.startswith("notice: the venue file, ")]
        assert len(told) == len(notices) and all(words in line for words, line in zip(notices, told, strict=True)), told


@pytest.mark.parametrize("kind", FORMERLY)
async def test_a_venue_whose_text_was_never_kept_opens_too(kind: str, tmp_path: Path) -> None:
    """Of older programs the store has the meaning of the file only."""
    text, notices, _ = FORMERLY[kind]
    settings, said = await keep(tmp_path, text, only_meaning=True), list[str]()

    async with opened(settings, said):
        pass

    assert all(any(words in line for line in said) for words in notices), said


@pytest.mark.parametrize("kind", FORMERLY)
async def test_the_same_file_is_refused_where_it_is_new(kind: str, tmp_path: Path) -> None:
    """To a directory that is new, to one that has another file, and to one whose file is edited into it."""
    text, _, refusal = FORMERLY[kind]
    given = tmp_path / "venue.toml"
    given.write_text(text)
    fresh = Settings(data=str(tmp_path / "fresh"), config=str(given))
    other = await keep(tmp_path / "other", FILE)

    with pytest.raises(ConfigError, match=refusal):
        async with serve(fresh, print):
            pass
    with pytest.raises(ConfigError, match=refusal):
        async with opened(msgspec.structs.replace(other, config=str(given)), []):
            pass
    async with opened(other, []) as venue:
        assert venue.changes is not None
        with pytest.raises(ConfigError, match=refusal):
            await venue.changes.apply(lambda _: text)


@pytest.mark.parametrize("kind", FORMERLY)
async def test_an_edit_elsewhere_is_no_reason_to_refuse_what_stands(kind: str, tmp_path: Path) -> None:
    """A market can be halted at night, on the running venue and in the file that a start is given."""
    text, notices, _ = FORMERLY[kind]
    settings = await keep(tmp_path / "data", text)
    async with opened(settings, []) as venue:
        assert venue.changes is not None
        await venue.changes.apply(partial(with_value, key="instruments.ETH-USD.state", value="halted"))
        edited = with_value(venue.changes.text, "venue.name", "Other")
    given = tmp_path / "venue.toml"
    given.write_text(edited)

    said: list[str] = []
    async with opened(msgspec.structs.replace(settings, config=str(given)), said) as venue:
        assert venue.changes is not None and venue.changes.file.name == "Other"

    assert all(any(words in line for line in said) for words in notices), said


@pytest.mark.parametrize(
    "edit",
    [{"otc.tolerance": "0.002"}, {"otc.tolerance": "0.0005"}, {"otc.discounts": "[0.9]"}, {"otc.discounts": "[0.7]"}],
)
async def test_an_edit_of_the_desks_terms_is_held_to_the_bound(edit: dict[str, str], tmp_path: Path) -> None:
    """What is edited is new, also when it comes nearer; the bound itself may be set."""
    text, _, refusal = FORMERLY["discounts"]
    ((key, value),) = edit.items()
    async with opened(await keep(tmp_path, text), []) as venue:
        assert venue.changes is not None and venue.changes.file.otc is not None
        assert venue.changes.file.otc.tolerance_ppm == 400
        with pytest.raises(ConfigError, match=r"Set otc\.tolerance to"):
            await venue.changes.apply(partial(with_value, key=key, value=value))
        await venue.changes.apply(partial(with_value, key="otc.tolerance", value="0.0004"))
        assert venue.changes.file.otc.tolerance_ppm == 400


@pytest.mark.parametrize("kind", STILL)
async def test_what_former_programs_read_is_read_without_a_word(kind: str, tmp_path: Path) -> None:
    """Words that have another place now, and a desk that never said its tolerance."""
    settings, said = await keep(tmp_path / "data", STILL[kind]), list[str]()
    given = tmp_path / "venue.toml"
    given.write_text(STILL[kind])
    named = msgspec.structs.replace(settings, config=str(given), port=0, demo=kind.startswith("demo"))

    async with serve(named, said.append):
        pass

    assert not [line for line in said if "venue file" in line]


async def test_the_packaged_file_of_a_newer_program_undoes_nothing(tmp_path: Path) -> None:
    """A demo in which an instrument was halted opens as a demo, its instrument halted, whatever the new package says."""
    older = demo_venue_text().replace("number = 18", "number = 118")
    settings = await keep(tmp_path, older)
    async with opened(settings, []) as venue:
        assert venue.changes is not None
        for key, value in (("instruments.BTC-USD.state", "halted"), ("listings.btcturk.BTC-TRY.min_value", "50")):
            await venue.changes.apply(partial(with_value, key=key, value=value))
        changed = venue.changes.text

    async with opened(msgspec.structs.replace(settings, demo=True), []) as venue:
        assert venue.changes is not None and venue.changes.text == changed


async def test_symbols_are_told_as_they_are_or_as_base_and_quote(tmp_path: Path) -> None:
    """Where a name would break an answer, and another row has base and quote already, a number follows."""
    cases = (
        (("BTC/USD", "₿ USD"), ["BTC/USD", "₿ USD"]),
        (('BTC"USD', "E\\H"), ["BTCUSD", "ETHUSD"]),
        (("", "\n\n"), ["BTCUSD", "ETHUSD"]),
        (('BTC"USD', "BTCUSD"), ["BTCUSD.2", "BTCUSD"]),
    )
    for at, (symbols, told) in enumerate(cases):
        settings = await keep(tmp_path / str(at), listed(*symbols))
        async with opened(settings, []) as venue:
            assert [row.symbol for row in venue.catalogue.listings("btcturk")] == told


async def test_what_is_told_with_an_odd_symbol_can_be_read(tmp_path: Path) -> None:
    """Also where it is printed by hand, and it is asked for by that name."""
    settings = await keep(tmp_path, listed("₿/USD", 'E"H'))

    async with serve(msgspec.structs.replace(settings, port=0), print) as running:

        async def told(path: str) -> Any:
            with await asyncio.to_thread(urllib.request.urlopen, f"{running.server.url}{path}") as answer:
                return json.load(answer)

        info = await told("/api/v2/server/exchangeinfo")
        assert [row["name"] for row in info["data"]["symbols"]] == ["₿/USD", "ETHUSD"]
        for name in ("₿/USD", "ETHUSD"):
            book = await told(f"/api/v2/orderbook?{urlencode({'pairSymbol': name})}")
            assert book["data"]["bids"] == []
