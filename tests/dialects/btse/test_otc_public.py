"""The OTC desk in the public API: the documented rows, and one desk behind all its doors."""

from __future__ import annotations

from typing import Any

import pytest
from tests.dialects.btse.stand import SECOND, Client, Stand

from bedesten.domain.otc import DESK
from bedesten.services.accounts.accounts import OUTSIDE

BASE = "/public-api/otc/v1"
UNIT = 10**8


@pytest.fixture(autouse=True)
async def desk(stand: Stand) -> None:
    """A desk with money, at an index price of 20,000."""
    for asset in ("USD", "BTC"):
        await stand.venue.accounts.transfer(OUTSIDE, DESK, asset, 1_000_000 * UNIT)
    await stand.index("20000")


async def ask(client: Client, **changes: Any) -> Any:
    """Ask for a quote of one BTC to buy."""
    form = {"side": "buy", "baseCurrency": "BTC", "quoteCurrency": "USD", "baseSize": 1, **changes}
    return (await client.post(f"{BASE}/quotes", {name: v for name, v in form.items() if v is not None})).json


async def accept(client: Client, quote_id: str, **part: Any) -> Any:
    return (await client.post(f"{BASE}/quotes/accept", {"quoteId": quote_id, **part})).json


async def look(client: Client, quote_id: str) -> Any:
    return (await client.get(f"{BASE}/quotes", quoteId=quote_id)).json


async def test_markets_say_what_is_quoted(stand: Stand) -> None:
    """Sizes in both assets; anybody may ask."""
    answer = (await stand.public.get(f"{BASE}/markets")).json

    assert (answer["success"], answer["code"], answer["msg"]) == (True, 1, "Success")
    assert answer["data"] == [
        {
            "symbol": "BTC-USD", "baseCurrency": "BTC", "quoteCurrency": "USD", "minBaseSize": "0.01",
            "minQuoteSize": "200", "maxBaseSize": "10", "maxQuoteSize": "200000",
        }
    ]  # fmt: skip


async def test_a_quote_has_the_documented_row_and_is_completed_once(stand: Stand, alice: Client) -> None:
    """NEW_QUOTE, then COMPLETED; once more, and nothing moves."""
    quoted = (await ask(alice, clOrderId="mine"))["data"]
    expires = (stand.clock.now_ns() + 10 * SECOND) // 1_000_000

    first = await accept(alice, quoted["quoteId"])
    money = stand.venue.sequencer.state.machine.balance(DESK, 1)
    second = await accept(alice, quoted["quoteId"])

    row = {
        "quoteId": quoted["quoteId"], "clOrderId": "mine", "side": "BUY", "baseSize": "1", "baseCurrency": "BTC",
        "quoteSize": "20020", "quoteCurrency": "USD", "ratio": "20020", "expireTime": expires, "ttl": 10,
    }  # fmt: skip
    assert quoted == row | {"status": "NEW_QUOTE"}
    assert first["data"] == row | {"status": "COMPLETED"}
    assert second["data"] == row | {"status": "COMPLETED", "reason": "The quote was accepted before"}
    assert stand.venue.sequencer.state.machine.balance(DESK, 1) == money
    assert (await look(alice, quoted["quoteId"]))["data"]["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("asked", "part", "taken"),
    [
        ({}, {"baseSize": "0.5"}, ("0.5", "10010")),
        ({}, {"baseSize": 2}, ("1", "20020")),
        ({}, {"quoteSize": 1001}, ("1", "20020")),
        ({"baseSize": None, "quoteSize": "2002"}, {"quoteSize": "1001"}, ("0.05", "1001")),
        ({"baseSize": None, "quoteSize": "2002"}, {"baseSize": "0.01"}, ("0.1", "2002")),
    ],
)
async def test_a_part_that_is_larger_or_of_the_other_asset_is_all(
    alice: Client, asked: dict[str, Any], part: dict[str, Any], taken: tuple[str, str]
) -> None:
    """A smaller one of the same asset is taken at the quoted price."""
    quoted = (await ask(alice, **asked))["data"]

    done = (await accept(alice, quoted["quoteId"], **part))["data"]

    assert (done["baseSize"], done["quoteSize"], done["status"]) == (*taken, "COMPLETED")


async def test_a_price_that_moved_is_answered_with_a_new_quote(stand: Stand, alice: Client) -> None:
    """Under another id, and not completed; the old one is told as replaced."""
    old = (await ask(alice))["data"]
    await stand.index("21000")

    new = (await accept(alice, old["quoteId"]))["data"]

    assert (new["status"], new["ratio"], new["reason"]) == (
        "NEW_QUOTE", "21021", "The price has moved; this is a new quote",
    )  # fmt: skip
    assert new["quoteId"] != old["quoteId"]
    assert (await look(alice, old["quoteId"]))["data"]["status"] == "REQUOTED"
    assert (await accept(alice, old["quoteId"]))["code"] == 30008
    assert (await accept(alice, new["quoteId"]))["data"]["status"] == "COMPLETED"


async def test_what_cannot_be_taken_is_refused_and_moves_nothing(stand: Stand, alice: Client, bob: Client) -> None:
    """Somebody else's, nobody's, a late one, one without the money: each in the envelope."""
    mine, poor = (await ask(alice))["data"]["quoteId"], await stand.customer("poor", money=0)
    dear = (await ask(poor))["data"]["quoteId"]
    money = stand.venue.sequencer.state.machine.balance(DESK, 1)

    foreign, broke = await accept(bob, mine), await accept(poor, dear)
    assert (foreign["code"], foreign["success"], foreign["msg"]) == (
        40003, False, "No such quote, or it is no longer known",
    )  # fmt: skip
    assert (await look(bob, mine))["code"] == 40003
    assert (broke["code"], broke["msg"]) == (51523, "BADREQUEST: Insufficient wallet balance")
    stand.clock.advance(10 * SECOND)
    assert (await look(alice, mine))["data"]["status"] == "EXPIRED"
    assert (await accept(alice, mine))["msg"] == "The quote has expired"
    assert stand.venue.sequencer.state.machine.balance(DESK, 1) == money


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"baseSize": None}, -2), ({"quoteSize": 5}, -2), ({"side": "up"}, -2), ({"baseSize": "x"}, -2),
        ({"quoteCurrency": "TRY"}, -7006), ({"baseSize": 11}, 40003), ({"clOrderId": "x" * 65}, -2), ({"side": None}, -2),
    ],
)  # fmt: skip
async def test_what_cannot_be_quoted_is_refused_in_the_envelope(
    alice: Client, changes: dict[str, Any], code: int
) -> None:
    """The codes of the desk's other door."""
    answer = await ask(alice, **changes)

    assert (answer["code"], answer["success"], answer["data"]) == (code, False, [])


@pytest.mark.parametrize(
    "part", [{"baseSize": "0"}, {"baseSize": 0}, {"quoteSize": 0}, {"baseSize": "0.0", "quoteSize": "0"}]
)
async def test_a_part_of_nothing_is_not_all(stand: Stand, alice: Client, part: dict[str, Any]) -> None:
    """Refused as a parameter; the quote stands."""
    quoted, money = (await ask(alice))["data"]["quoteId"], stand.venue.sequencer.state.machine.balance(DESK, 1)

    assert (await accept(alice, quoted, **part))["code"] == -2
    assert stand.venue.sequencer.state.machine.balance(DESK, 1) == money
    assert (await accept(alice, quoted))["data"]["status"] == "COMPLETED"


async def test_a_quote_of_one_door_is_accepted_at_the_other(alice: Client) -> None:
    """There is one desk."""
    quoted = (await ask(alice))["data"]["quoteId"]

    done = (await alice.call("POST", f"/otc/api/v1/accept/{quoted}")).json

    assert done["status"] == 30007
