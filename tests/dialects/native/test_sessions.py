"""Sessions of the native API: the cookie, the token against forgery, the second factor, fresh proofs, the list; and keys."""

from __future__ import annotations

from typing import Any, Final

import pyotp
import pytest

from bedesten.dialects.contract import Endpoint
from bedesten.dialects.native.dialect import NativeDialect
from bedesten.services.customers.sessions import STEP_UP_NS
from tests.dialects.native.browser import PASSWORD, Browser, customer
from tests.dialects.native.client import Client
from tests.security.stand import Credentials, Stand, asked

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY: Final = {"label": "bot", "permissions": ["read", "trading"]}
MINE: Final = [row for row in NativeDialect().endpoints if row.permission is not None]
CHANGING: Final = [row for row in MINE if row.method != "GET"]
STEPPED_UP: Final = [row for row in MINE if row.step_up]
#: What a page of another site, of another port, or no page at all has wrong with it.
FORGED: Final[dict[str, dict[str, str]]] = {
    "another site": {"sec-fetch-site": "cross-site"},
    "another port": {"sec-fetch-site": "same-site"},
    "a typed address": {"sec-fetch-site": "none"},
    "a form": {"content-type": "application/x-www-form-urlencoded"},
    "a text": {"content-type": "text/plain"},
    "another token": {"x-csrf-token": "0" * 64},
}


def name_of(row: Endpoint) -> str:
    """Return what a row is called."""
    return f"{row.method} {row.path}"


async def test_somebody_signs_in_and_out(stand: Stand) -> None:
    """The cookie opens what is theirs; behind the sign-out it opens nothing."""
    await customer(stand, "inez")
    browser = Browser(stand)

    told = await browser.sign_in("INEZ@bedesten.example")

    assert told["username"] == "inez" and told["state"] == "signed_in" and told["step_up"] == "email"
    assert (await browser.ask("GET", "/session")).json["csrf_token"] == told["csrf_token"]
    assert (await browser.ask("GET", "/balances")).status == 200
    kept = dict(browser.jar)
    assert (await browser.ask("DELETE", "/session")).status == 200
    assert browser.jar == {}
    browser.jar = kept
    assert (await browser.ask("GET", "/session")).json["reason"] == "unauthenticated"


async def test_who_does_not_know_the_password_learns_nothing(stand: Stand) -> None:
    """A stranger's name and a customer's are refused alike; after three failures a picture has to be read."""
    await customer(stand, "jo")
    for name in ("jo", "nobody"):
        answers = [
            await Browser(stand).ask("POST", "/session", {"login": name, "password": "not it"}) for _ in range(4)
        ]
        assert [answer.json["reason"] for answer in answers] == [
            "customer.wrong_password", "customer.wrong_password", "customer.wrong_password", "customer.captcha",
        ]  # fmt: skip
        assert [answer.json["facts"]["failures"] for answer in answers] == [1, 2, 3, 3]


async def test_nobody_signs_in_where_the_cookie_would_not_be_taken(stand: Stand) -> None:
    """A browser takes it over TLS, or from this machine."""
    await customer(stand, "kim")
    form = {"login": "kim", "password": PASSWORD}

    refused = await Browser(stand).ask("POST", "/session", form, headers={"host": "venue.example"})
    forged = await Browser(stand).ask("POST", "/session", form, headers={"sec-fetch-site": "cross-site"})

    assert (refused.status, refused.json["reason"]) == (403, "customer.serve_tls")
    assert (forged.status, forged.json["reason"]) == (403, "csrf")


@pytest.mark.parametrize("what", FORGED)
async def test_no_change_is_done_for_a_page_that_is_not_ours(stand: Stand, what: str) -> None:
    """Every row that changes something, with a good cookie: refused, and nothing changes."""
    who = await customer(stand, f"victim-{what.replace(' ', '-')}")
    page = await stand.page(who.account)
    before = stand.everything()
    wrong = []
    for row in CHANGING:
        sent = asked(row)
        sent.headers |= page | FORGED[what]
        answer = await stand.send(sent)
        expected = ("unauthenticated", "csrf") if what == "another site" else ("csrf", "unauthenticated")
        if answer.status not in (401, 403) or answer.json["reason"] not in expected:
            wrong.append(f"{name_of(row)}: {answer.status} {answer.body!r}")

    assert wrong == [] and stand.everything() == before


async def test_rows_that_ask_for_a_fresh_proof_refuse_without_one(stand: Stand) -> None:
    """By bare HTTP, and again when five minutes have passed."""
    who = await customer(stand, "lee")
    page = await stand.page(who.account, is_stepped_up=False)
    for row in STEPPED_UP:
        sent = asked(row)
        sent.headers |= page
        answer = await stand.send(sent)
        assert (answer.status, answer.json["reason"]) == (403, "step_up_required"), name_of(row)
    browser = Browser(stand)
    await browser.sign_in("lee")
    await browser.step_up()
    assert (await browser.ask("POST", "/keys", KEY)).status == 200
    stand.clock.advance(STEP_UP_NS)
    assert (await browser.ask("POST", "/keys", KEY)).json["reason"] == "step_up_required"


async def test_a_key_does_nothing_where_somebody_has_to_be_signed_in(stand: Stand) -> None:
    """Whatever it permits: a key makes no key, and ends no session."""
    client = Client(stand, await stand.customer("robot"))
    for row in MINE:
        if row.signed_in:
            path = asked(row).path.removeprefix("/native/v1")
            answer = await client.ask(row.method, path, dict(row.example) or None)
            assert (answer.status, answer.json["reason"]) == (403, "forbidden"), name_of(row)


async def test_a_second_factor_is_asked_for_and_given(stand: Stand) -> None:
    """Until it is given only the session itself answers; then it counts as a fresh proof."""
    await customer(stand, "mia")
    browser = Browser(stand)
    await browser.sign_in("mia")
    await browser.step_up()
    offered = (await browser.ask("POST", "/authenticator")).json
    app = pyotp.TOTP(offered["secret"])
    code = app.generate_otp(stand.clock.now_ns() // 30_000_000_000)
    bound = await browser.ask("POST", "/authenticator/bind", {"secret": offered["secret"], "code": code})
    assert bound.status == 200, bound.body
    again = Browser(stand)

    told = await again.sign_in("mia")

    assert (told["state"], told["step_up"]) == ("second_factor", "authenticator")
    assert (await again.ask("GET", "/balances")).json["reason"] == "second_factor_required"
    wrong = await again.ask("POST", "/session/second_factor", {"code": "000000"})
    assert wrong.json["reason"] == "authenticator.wrong"
    stand.clock.advance(30_000_000_000)
    code = app.generate_otp(stand.clock.now_ns() // 30_000_000_000)
    proven = (await again.ask("POST", "/session/second_factor", {"code": code})).json
    assert proven["state"] == "signed_in" and "stepped_up_until" in proven
    assert (await again.ask("GET", "/balances")).status == 200


async def test_sessions_are_listed_and_ended(stand: Stand) -> None:
    """With address and browser; another customer's is not found."""
    await customer(stand, "nora")
    await customer(stand, "otto")
    first, second, other = Browser(stand), Browser(stand), Browser(stand)
    for browser, name in ((first, "nora"), (second, "nora"), (other, "otto")):
        await browser.sign_in(name)

    rows: list[Any] = (await first.ask("GET", "/sessions")).json["items"]

    assert [row["is_current"] for row in rows] == [False, True]
    assert rows[0]["browser"].startswith("Firefox") and rows[0]["address"]
    stolen = await other.ask("DELETE", f"/sessions/{rows[0]['id']}")
    assert (stolen.status, stolen.json["reason"]) == (404, "not_found")
    assert (await first.ask("DELETE", "/sessions")).json == {"sessions": 1}
    assert (await second.ask("GET", "/session")).status == 401
    assert (await first.ask("GET", "/session")).status == 200


async def test_a_key_is_made_changed_used_and_revoked(stand: Stand) -> None:
    """Its secret is told once; it signs at once; its id is not the key; others do not find it."""
    await customer(stand, "pia")
    await customer(stand, "quin")
    browser, other = Browser(stand), Browser(stand)
    for each, name in ((browser, "pia"), (other, "quin")):
        await each.sign_in(name)
        await each.step_up()

    made = (await browser.ask("POST", "/keys", KEY)).json

    row = made["key"]
    client = Client(stand, Credentials(row["key"], made["secret"], 0))
    assert (await client.ask("GET", "/balances")).status == 200
    (listed,) = (await browser.ask("GET", "/keys")).json["items"]
    assert listed["used"] and listed["id"] != listed["key"] and "secret" not in listed
    for method, body in (("PATCH", {"label": "mine"}), ("DELETE", None)):
        assert (await other.ask(method, f"/keys/{row['id']}", body)).status == 404
    bare = await browser.ask("PATCH", f"/keys/{row['id']}", {"permissions": ["read", "withdraw"]})
    assert (bare.status, bare.json["reason"]) == (422, "keys.needs_addresses")
    change = {"label": "far", "ip_allow_list": ["203.0.113.9"], "permissions": ["read", "withdraw"]}
    changed = (await browser.ask("PATCH", f"/keys/{row['id']}", change)).json
    assert (changed["label"], changed["permissions"]) == ("far", ["read", "withdraw"])
    assert (await client.ask("GET", "/balances")).status == 401
    assert (await browser.ask("DELETE", f"/keys/{row['id']}")).status == 200
    assert (await browser.ask("GET", "/keys")).json["items"] == []
    log = [entry["activity"] for entry in (await browser.ask("GET", "/security_log")).json["items"]]
    assert log[:3] == ["key_revoked", "key_changed", "key_made"]
    assert {entry["activity"] for entry in (await browser.ask("GET", "/security_log")).json["items"]} >= {"signed_in"}


async def test_a_customer_signs_up_and_gets_in_and_changes_the_password(stand: Stand) -> None:
    """By picture and code, without a shell; a new password signs out everywhere."""
    browser = Browser(stand)
    form = {"username": "newcomer", "email": "new@bedesten.example", "password": PASSWORD}
    assert (await browser.ask("POST", "/sign_ups", form)).json["reason"] == "customer.captcha"
    picture = (await browser.ask("POST", "/captchas")).json
    assert picture["image"].startswith("data:image/jpeg;base64,")
    text = stand.venue.customers.captchas._open[picture["id"]][0]
    signed_up = await browser.ask("POST", "/sign_ups", {**form, "captcha": {"id": picture["id"], "text": text}})
    assert signed_up.status == 200, signed_up.body
    verified = await browser.ask("POST", "/sign_ups/verify", {"login": "newcomer", "code": browser.stand_code()})
    assert verified.json == {"done": True}
    await browser.sign_in("newcomer")
    told = (await browser.ask("GET", "/customer")).json
    assert (told["status"], told["level"], told["has_authenticator"]) == ("normal", 0, False)
    assert (await browser.ask("PATCH", "/customer", {"language": "tr"})).json["language"] == "tr"
    await browser.step_up()
    changed = await browser.ask("POST", "/password", {"old": PASSWORD, "password": "nine or more"})
    assert changed.status == 200 and browser.jar == {}
    await browser.sign_in("newcomer", "nine or more")
