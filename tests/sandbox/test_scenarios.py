"""Every packaged scenario, as a bot sees it over the venue's own API; and what is no scenario, refused in words."""

from __future__ import annotations

import asyncio
import http.client
import json
import re
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from bedesten import bootstrap
from bedesten.bootstrap.sandboxes import NoSandbox
from bedesten.cli.commands import cli
from bedesten.config import Settings
from bedesten.config.profiles import scenario_names
from bedesten.services.sandbox.refusals import NotThere, SandboxRefused
from bedesten.services.sandbox.scenarios import ScenarioRefused, read_scenario
from bedesten.testing.venue import TestVenue
from tests.sandbox.bot import Bot
from tests.sandbox.test_http import ask as over_http

ROOT = Path(__file__).resolve().parents[2]
SPOT = "/spot/api/v3.3"
TOPIC = "update:BTC-USD_0"
ADDRESS = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
UNREACHABLE = (ConnectionError, http.client.HTTPException)


def bot_of(venue: TestVenue) -> Bot:
    return Bot(venue.url, venue.trader.key, venue.trader.secret)


def last(bot: Bot, pair: str = "BTC-USD") -> float:
    (row,) = bot.ask("GET", f"{SPOT}/price?symbol={pair}")[1]
    return float(row["indexPrice"])


def best(bot: Bot, pair: str = "BTC-USD") -> tuple[float, float] | None:
    book = bot.ask("GET", f"{SPOT}/orderbook?symbol={pair}&depth=1")[1]
    sides = book["buyQuote"], book["sellQuote"]
    return (float(sides[0][0]["price"]), float(sides[1][0]["price"])) if all(sides) else None


def width(bot: Bot) -> float:
    found = best(bot)
    assert found is not None
    return found[1] - found[0]


def btc(bot: Bot) -> float:
    rows = bot.ask("GET", f"{SPOT}/user/wallet")[1]
    return next(float(row["total"]) for row in rows if row["currency"] == "BTC")


def placed(bot: Bot, client_id: str, pair: str = "BTC-USD") -> int:
    return bot.place(client_id, price="20000", size="0.001", pair=pair)[0]


def open_orders(bot: Bot) -> int:
    return len(bot.ask("GET", f"{SPOT}/user/open_orders?symbol=BTC-USD")[1])


@asynccontextmanager
async def book_of(venue: TestVenue) -> AsyncIterator[ClientConnection]:
    """A stream of the book, behind its acknowledgement and its snapshot."""
    async with connect(f"{venue.ws_url}/ws/oss/spot", max_queue=None) as stream:
        await stream.send(json.dumps({"op": "subscribe", "args": [TOPIC]}))
        await stream.recv()
        await stream.recv()
        yield stream


async def told(stream: ClientConnection) -> list[dict[str, Any]]:
    """What has come on a stream; a ping behind it says that it is all."""
    come: list[dict[str, Any]] = []
    await (await stream.ping())
    while True:
        try:
            come.append(json.loads(await asyncio.wait_for(stream.recv(), 0.05))["data"])
        except TimeoutError:
            return come


# ── prices and books ──


def flash_crash(venue: TestVenue, bot: Bot) -> None:
    before, usual = last(bot), width(bot)
    venue.advance("15900ms")
    assert last(bot) / before == pytest.approx(0.7, rel=0.01) and width(bot) > 8 * usual
    venue.advance("1s")
    assert placed(bot, "halted") == 400
    venue.advance("40s")
    assert placed(bot, "again") == 200
    assert last(bot) / before == pytest.approx(0.84, rel=0.01) and width(bot) < 5 * usual


def price_jump(venue: TestVenue, bot: Bot) -> None:
    before = last(bot)
    venue.advance("4900ms")
    assert last(bot) / before == pytest.approx(1, rel=0.01)
    venue.advance("3s")
    assert last(bot) / before == pytest.approx(0.85, rel=0.01)


def depeg(venue: TestVenue, bot: Bot) -> None:
    dollars, tethers = last(bot), last(bot, "BTC-USDT")
    venue.advance("40s")
    assert last(bot) / dollars == pytest.approx(1, rel=0.01)
    assert last(bot, "BTC-USDT") / tethers == pytest.approx(1 / 0.9, rel=0.01)


def spread_blow_out(venue: TestVenue, bot: Bot) -> None:
    usual = width(bot)
    venue.advance("10s")
    assert width(bot) > 10 * usual
    venue.advance("30s")
    assert width(bot) < 3 * usual


def empty_book(venue: TestVenue, bot: Bot) -> None:
    venue.advance("6s")
    assert best(bot) is None
    answer = bot.ask("POST", f"{SPOT}/order", {"symbol": "BTC-USD", "side": "BUY", "type": "MARKET", "size": 0.001})
    assert venue.fills() == [] and answer[0] in (200, 400)
    venue.advance("35s")
    assert best(bot) is not None


def halted_market(venue: TestVenue, bot: Bot) -> None:
    assert placed(bot, "before") == 200
    venue.advance("6s")
    assert placed(bot, "during") == 400
    bot.ask("DELETE", f"{SPOT}/order?symbol=BTC-USD&clOrderID=before")
    assert open_orders(bot) == 0
    venue.advance("30s")
    assert placed(bot, "behind") == 200


def delisting(venue: TestVenue, bot: Bot) -> None:
    assert placed(bot, "before", "BTC-USDT") == 200
    venue.advance("6s")
    assert placed(bot, "during", "BTC-USDT") == 400 and placed(bot, "elsewhere") == 200
    bot.ask("DELETE", f"{SPOT}/order?symbol=BTC-USDT&clOrderID=before")
    venue.advance("1m")
    assert best(bot, "BTC-USDT") is None
    assert [order for order in venue.orders(pair="BTC-USDT") if order.is_open] == []


# ── chains ──


def withdrawn(bot: Bot) -> str:
    form = {"currency": "BTC-Bitcoin", "address": ADDRESS, "amount": "0.1"}
    status, answer = bot.ask("POST", f"{SPOT}/user/wallet/withdraw", form)
    assert status == 200, answer
    return str(answer["withdraw_id"] if isinstance(answer, dict) else answer[0]["withdraw_id"])


def withdrawal_status(bot: Bot) -> str:
    rows = bot.ask("GET", f"{SPOT}/user/wallet_history?currency=BTC")[1]
    return next(str(row["status"]) for row in rows if row["type"] == "Withdraw")


def stuck_withdrawal(venue: TestVenue, bot: Bot) -> None:
    withdrawn(bot)
    venue.advance("299s")
    assert withdrawal_status(bot) == "PROCESSING"
    venue.advance("1m")
    assert withdrawal_status(bot) == "COMPLETED"


def failed_withdrawal(venue: TestVenue, bot: Bot) -> None:
    had = btc(bot)
    withdrawn(bot)
    venue.advance("2m")
    assert btc(bot) == had and withdrawal_status(bot) not in ("PROCESSING", "COMPLETED")


def reorganization(venue: TestVenue, bot: Bot) -> None:
    had = btc(bot)
    venue.advance("10m")
    assert btc(bot) == had


# ── the wire ──


def outage(venue: TestVenue, bot: Bot) -> None:
    assert placed(bot, "before") == 200
    venue.advance("6s")
    with pytest.raises(UNREACHABLE):
        placed(bot, "during")
    venue.advance("30s")
    assert placed(bot, "behind") == 200 and open_orders(bot) == 2


async def maintenance(venue: TestVenue, bot: Bot) -> None:
    async with book_of(venue) as stream:
        await venue.aio.advance("8s")
        with pytest.raises(ConnectionClosed, match="1012"):
            while True:
                await asyncio.wait_for(stream.recv(), 20)
    assert (await asyncio.to_thread(placed, bot, "during")) == 503
    with pytest.raises(InvalidStatus):
        await connect(f"{venue.ws_url}/ws/oss/spot")
    await venue.aio.advance("1m")
    assert (await asyncio.to_thread(placed, bot, "behind")) == 200
    async with book_of(venue):
        pass


def lost_acknowledgements(venue: TestVenue, bot: Bot) -> None:
    for number in range(3):
        with pytest.raises(UNREACHABLE):
            placed(bot, f"c-{number}")
    assert placed(bot, "c-3") == 200 and open_orders(bot) == 4


def out_of_order_acknowledgements(venue: TestVenue, bot: Bot) -> None:
    came: list[str] = []

    def place(client_id: str) -> None:
        assert placed(bot, client_id) == 200
        came.append(client_id)

    first = threading.Thread(target=place, args=("first",))
    first.start()
    while not venue.blocked():
        pass
    place("second")
    venue.advance("2s")
    first.join(20)
    assert came == ["second", "first"]


def rate_limit_storm(venue: TestVenue, bot: Bot) -> None:
    storm = [bot.ask("GET", f"{SPOT}/time")[0] for _ in range(100)]
    assert set(storm) == {200, 429} and 15 < storm.count(429) < 45
    venue.advance("31s")
    assert {bot.ask("GET", f"{SPOT}/time")[0] for _ in range(30)} == {200}


def bad_gateway(venue: TestVenue, bot: Bot) -> None:
    for _ in range(10):
        status, page = bot.ask("GET", f"{SPOT}/time")
        assert status == 502 and b"Bad Gateway" in page
    assert bot.ask("GET", f"{SPOT}/time")[0] == 200


async def sequence_gap(venue: TestVenue, bot: Bot) -> None:
    async with book_of(venue) as stream:
        await venue.aio.advance("15s")
        rows = await told(stream)
    gaps = [row for before, row in zip(rows, rows[1:], strict=False) if row["prevSeqNum"] != before["seqNum"]]
    assert len(gaps) == 1


async def duplicate_frames(venue: TestVenue, bot: Bot) -> None:
    async with book_of(venue) as stream:
        await venue.aio.advance("15s")
        numbers = [row["seqNum"] for row in await told(stream)]
    assert len(numbers) - len(set(numbers)) == 5


async def stale_book(venue: TestVenue, bot: Bot) -> None:
    async with book_of(venue) as stream:
        await venue.aio.advance("5s")
        await told(stream)
        await venue.aio.advance("2900ms")
        assert await told(stream) == []
        await venue.aio.advance("2s")
        rows = await told(stream)
    assert rows[0]["timestamp"] <= venue.now_ns // 1_000_000 - 3_000
    assert all(row["prevSeqNum"] == had["seqNum"] for had, row in zip(rows, rows[1:], strict=False))


async def slow_consumer(venue: TestVenue, bot: Bot) -> None:
    async with book_of(venue) as stream:
        await venue.aio.advance("10s")
        with pytest.raises(ConnectionClosed, match="1013"):
            while True:
                await asyncio.wait_for(stream.recv(), 20)


# ── customers ──


def revoked_key(venue: TestVenue, bot: Bot) -> None:
    assert placed(bot, "before") == 200
    venue.advance("6s")
    assert placed(bot, "behind") == 401
    assert [order.client_id for order in venue.orders() if order.is_open] == ["before"]


def clock_skew(venue: TestVenue, bot: Bot) -> None:
    assert placed(bot, "before") == 200
    venue.advance("6s")
    assert placed(bot, "during") == 401
    venue.advance("30s")
    assert placed(bot, "behind") == 200


def switch(bot: Bot) -> None:
    assert bot.ask("POST", f"{SPOT}/order/cancelAllAfter", {"timeout": 10_000})[0] == 200


def dead_mans_switch_in_time(venue: TestVenue, bot: Bot) -> None:
    placed(bot, "kept")
    venue.advance("4s")
    switch(bot)
    venue.advance("2s")
    with pytest.raises(UNREACHABLE):
        switch(bot)
    venue.advance("5s")
    switch(bot)
    venue.advance("5s")
    assert open_orders(bot) == 1


def dead_mans_switch_late(venue: TestVenue, bot: Bot) -> None:
    placed(bot, "lost")
    venue.advance("4s")
    switch(bot)
    venue.advance("2s")
    with pytest.raises(UNREACHABLE):
        switch(bot)
    venue.advance("30s")
    assert open_orders(bot) == 0
    assert venue.orders(client_id="lost")[0].ended == "dead_man"


def partial_fills(venue: TestVenue, bot: Bot) -> None:
    venue.advance("3s")
    assert placed(bot, "c-1") == 200
    seen = []
    for _ in range(7):
        venue.advance("1s")
        seen.append(str(bot.bought()))
    assert [float(total) for total in seen] == pytest.approx(
        [0.00001, 0.00002, 0.00003, 0.00004, 0.00005, 0.00005, 0.00005]
    )
    assert len(venue.fills()) == 5


def last_look_refused(venue: TestVenue, bot: Bot) -> None:
    wish = {"baseCurrency": "BTC", "orderCurrency": "USD", "side": "buy", "orderSizeInBaseCurrency": 0.1}
    venue.advance("4s")
    quote = bot.ask("POST", "/otc/api/v1/quote", wish)[1]
    venue.advance("4s")
    accepted = bot.ask("POST", f"/otc/api/v1/accept/{quote['quoteId']}")[1]
    assert accepted["status"] != 30007 and accepted["quoteId"] != quote["quoteId"]
    again = bot.ask("POST", f"/otc/api/v1/accept/{accepted['quoteId']}")[1]
    assert again["status"] == 30007


SEEN: dict[str, Callable[[TestVenue, Bot], Any]] = {
    each.__name__.replace("_", "-"): each
    for each in (
        flash_crash, price_jump, depeg, spread_blow_out, empty_book, halted_market, delisting, stuck_withdrawal,
        failed_withdrawal, reorganization, outage, maintenance, lost_acknowledgements, out_of_order_acknowledgements,
        rate_limit_storm, bad_gateway, sequence_gap, duplicate_frames, stale_book, slow_consumer, revoked_key, clock_skew,
        dead_mans_switch_in_time, dead_mans_switch_late, partial_fills, last_look_refused,
    )
}  # fmt: skip


@pytest.mark.parametrize("name", scenario_names())
async def test_a_packaged_scenario_does_what_it_says(name: str, venue: TestVenue) -> None:
    """What a bot sees of it; and every act of it could be done."""
    await asyncio.to_thread(venue.play, name)
    seen, bot = SEEN[name], bot_of(venue)
    if asyncio.iscoroutinefunction(seen):
        await seen(venue, bot)
    else:
        await asyncio.to_thread(seen, venue, bot)
    state = (await asyncio.to_thread(over_http, venue.url, "/sandbox"))[1]
    count = len(read_scenario((ROOT / "src" / "bedesten" / "scenarios" / f"{name}.toml").read_text()).steps)
    assert re.fullmatch(rf".+: {count} of {count} acts", state["scenarios"][0])


def test_the_documents_list_every_scenario() -> None:
    """With the sentence that the scenario says of itself."""
    page = (ROOT / "docs" / "testing.md").read_text()
    for name in scenario_names():
        about = read_scenario((ROOT / "src" / "bedesten" / "scenarios" / f"{name}.toml").read_text()).about
        assert f"| `{name}` | {about.told} |" in page


def test_one_scenario_and_one_seed_are_one_run(venue_factory: Callable[..., TestVenue]) -> None:
    """The same digest, after everything that it does."""
    ends = []
    for _ in range(2):
        each = venue_factory(scenario="flash-crash", seed=7)
        each.advance("1m")
        ends.append(each.digest())
    assert ends[0] == ends[1]


@pytest.mark.bedesten(scenario="halted-market", seed=5)
def test_a_marker_names_the_scenario_of_a_test(venue: TestVenue) -> None:
    """It has begun when the test does."""
    venue.advance("6s")
    assert venue.seed == 5 and placed(bot_of(venue), "c") == 400


# ── one's own ──

OWN = """
[scenario]
name = "mine"
[[at]]
time = "1s"
account = { name = "rich", balances = { USD = "5000" } }
[[at]]
time = "2s"
deposit = [{ account = "rich", asset = "USD", amount = "5" }, { account = "rich", asset = "USD", amount = "6" }]
[[at]]
time = "3s"
fill = { account = "rich", client_id = "c-9" }
"""


def test_a_scenario_of_ones_own_and_an_act_that_cannot_be_done(venue: TestVenue, tmp_path: Path) -> None:
    """Acts on what a scenario makes itself; one that is refused when its time comes is told, and the venue goes on."""
    path = tmp_path / "mine.toml"
    path.write_text(OWN)
    venue.play(path)
    venue.advance("2500ms")
    assert venue.balance("USD", account="rich").total == 5_011
    venue.advance("1s")
    (told,) = venue.complaints()
    assert told.startswith("scenario mine: fill at 3s: there is no open order 'c-9' of account")
    venue.reset()
    assert venue.complaints() == []


def test_a_shell_plays_scenarios(venue: TestVenue, tmp_path: Path) -> None:
    """A packaged one by its name, or a file."""
    (tmp_path / "mine.toml").write_text(
        OWN.replace('fill = { account = "rich", client_id = "c-9" }', 'halt = "BTC-USD"')
    )

    def said(*words: str, code: int = 0) -> str:
        result = CliRunner().invoke(cli, ["sandbox", "--url", venue.url, *words])
        assert result.exit_code == code, result.output
        return result.output

    assert json.loads(said("play", "halted-market")) | {"told": ""} == {
        "name": "halted market", "told": "", "acts": 2, "lasts": "35s",
    }  # fmt: skip
    assert json.loads(said("play", str(tmp_path / "mine.toml")))["acts"] == 4
    assert "no packaged scenario 'flash'" in said("play", "flash", code=1)
    venue.advance("4s")
    assert placed(bot_of(venue), "c") == 400


async def test_a_venue_is_served_with_a_scenario() -> None:
    """It has begun with the first request; the venue file and the seed are the scenario's unless others are named."""
    given = Settings(port=0, demo=True, sandbox=True, clock="manual", scenario="flash-crash")
    settings = bootstrap.with_scenario(given, has_seed=False)
    assert settings.seed == 7 and settings.config is not None and settings.config.endswith("small.toml")
    assert bootstrap.with_scenario(given, has_seed=True).seed == 1
    async with bootstrap.serve(settings, lambda said: None) as running:
        state = await asyncio.to_thread(over_http, running.server.url, "/sandbox")
    assert state[1]["scenarios"] == ["flash crash: 0 of 7 acts"]


@pytest.mark.parametrize(
    ("scenario", "more", "reason"),
    [
        ("nowhere.toml", {}, "neither a packaged scenario nor a file"),
        ("flash-crash", {"demo": False}, "no simulated market"),
        ("flash-crash", {"sandbox": False, "clock": "system"}, "needs --sandbox"),
    ],
)
async def test_a_start_with_a_scenario_that_cannot_be_is_refused(
    scenario: str, more: dict[str, Any], reason: str
) -> None:
    """In a sentence."""
    with pytest.raises(NoSandbox, match=reason):
        given = Settings(port=0, scenario=scenario, **({"demo": True, "sandbox": True, "clock": "manual"} | more))
        async with bootstrap.serve(bootstrap.with_scenario(given, has_seed=False), lambda said: None):
            pass


STEP = '[scenario]\nname = "x"\n[[at]]\ntime = "1s"\n'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[", "is not TOML"),
        ("a = " + "[" * 5_000, "is not TOML"),
        ("#" * 300_000, "262,144 characters"),
        ("", "missing required field `name`"),
        ('[scenario]\nname = "x"', r"steps, each under \[\[at\]\]"),
        ('[scenario]\nname = "x"\nat = 5', "unknown field `at`"),
        ('at = [1]\n[scenario]\nname = "x"', r"steps, each under \[\[at\]\]"),
        ('[scenario]\nname = "x"\n[then]', "no 'then'"),
        ('[scenario]\nname = "x"\n[[at]]\nhalt = "BTC-USD"', "step 1 has no time"),
        (STEP, "step 1 does nothing"),
        (STEP + "sing = 1", "step 1 has 'sing', which nobody knows; there are account, arm"),
        (STEP + "halt = 5", "step 1, halt: it is a table or a text, not int"),
        (STEP + 'arm = "c-1"', "step 1, arm: it is a table, with account, client_id"),
        (STEP + 'price = { asset = "BTC", of = "1" }', "step 1, price: .*unknown field `of`"),
        (STEP + 'fill = { account = "trader1", quantity = 0.003 }', "Expected `str`, got `float`"),
        (STEP.replace('"1s"', "1") + 'halt = "BTC-USD"', "step 1, time: write a duration as a text"),
        (STEP.replace("1s", "soon") + 'halt = "BTC-USD"', "step 1, time: 'soon' is no duration"),
        (STEP.replace("1s", "999d") + 'halt = "BTC-USD"', "a year at most"),
        (STEP + "halt = [" + '"BTC-USD",' * 1_001 + "]", "1,000 acts at most"),
    ],
)
def test_what_is_no_scenario_is_refused_with_its_place(text: str, reason: str) -> None:
    """Before anything is done."""
    with pytest.raises(ScenarioRefused, match=reason):
        read_scenario(text)


@pytest.mark.parametrize(
    ("act", "reason"),
    [
        ('halt = "BTC-XYZ"', "x, pair at 1s: there is no pair 'BTC-XYZ'"),
        ('follow = "XYZ"', "there is no asset 'XYZ'"),
        ('fill = { account = "nobody" }', "there is no account 'nobody'"),
        (
            'fault = { on = "frame", where = { account = "nobody" }, do = { drop = true } }',
            "there is no account 'nobody'",
        ),
        ('fault = { on = "answer", do = { drop = true } }', "drop cannot be done on answer"),
    ],
)
def test_a_scenario_of_what_is_not_there_does_nothing(module_venue: TestVenue, act: str, reason: str) -> None:
    """It is refused as a whole, with the act that is wrong."""
    before = module_venue.digest()
    with pytest.raises(SandboxRefused, match=re.escape(reason)):
        module_venue.play(f'{STEP}account = {{ name = "new" }}\n[[at]]\ntime = "1s"\n{act}\n')
    assert module_venue.digest() == before and module_venue.complaints() == []
    with pytest.raises(NotThere):
        module_venue.play("../venues/small")
