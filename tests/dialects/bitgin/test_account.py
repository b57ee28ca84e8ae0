"""Login status, the customer, the VIP's spread: what every page of the broker asks first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bedesten.domain.customers import Status
from bedesten.services.customers.sessions import IDLE_NS, LIFETIME_NS, SESSIONS_MAX
from bedesten.services.store_types import Permission
from tests.dialects.bitgin.stand import START_NS, Client, Stand, open_stand

MINUTE = 60 * 10**9


async def test_a_stranger_is_not_signed_in(stand: Stand) -> None:
    """And is told so in the documented envelope."""
    answer = await stand.public.get("/v1/login_status")

    assert answer.status == 200
    assert answer.json == {
        "code": 1, "msg": "Success", "time": START_NS // 10**6, "data": {"isLogin": False}, "success": True,
    }  # fmt: skip
    assert list(answer.json) == ["code", "msg", "time", "data", "success"]


@pytest.mark.parametrize("cookie", [False, True])
async def test_a_token_signs_in_from_header_or_cookie(alice: Client, cookie: bool) -> None:
    """The examples of the documents do either."""
    assert (await replace(alice, cookie=cookie).get("/v1/login_status")).data == {"isLogin": True}
    assert (await replace(alice, cookie=cookie).get("/v1/user")).data["username"] == "alice"


@pytest.mark.parametrize(
    "names", [("btse-api", "btse-nonce", "btse-sign"), ("request-api", "request-nonce", "request-sign")]
)
async def test_an_api_key_signs_in_with_either_set_of_headers(stand: Stand, names: tuple[str, str, str]) -> None:
    """The signature is over the path from /v1 on, the nonce and the body."""
    program = replace(await stand.customer("carol", key=True), names=names)

    assert (await program.get("/v1/login_status")).data == {"isLogin": True}
    assert (await program.get("/v1/user")).data["email"] == "carol@example.com"
    assert (await program.get("/bitgin/v1/user")).data["email"] == "carol@example.com"
    forged = await replace(program, secret="guess").get("/v1/user")
    assert (forged.status, forged.code) == (401, 10002)


async def test_a_key_without_the_permission_is_refused(stand: Stand) -> None:
    """Reading needs Read."""
    program = await stand.customer("carol", {Permission.WITHDRAW}, key=True)

    answer = await program.get("/v1/user/vip_info")

    assert (answer.status, answer.code, answer.json["success"]) == (403, -19, False)


async def test_the_customer_is_told_in_full(alice: Client) -> None:
    """Every field of the documents, in their order."""
    answer = await alice.get("/v1/user")

    assert answer.status == 200
    assert list(answer.data.items()) == [
        ("username", "alice"), ("email", "alice@example.com"), ("is2FA", False), ("isKyc", True), ("userStatus", 1),
        ("kycLevel", 3), ("allowCryptoDeposit", True), ("allowCryptoWithdrawal", True), ("allowFiatDeposit", True),
        ("allowFiatWithdrawal", True), ("allowTrade", True), ("allowTransfer", True),
    ]  # fmt: skip


async def test_levels_and_standing_show_in_the_permissions(stand: Stand) -> None:
    """Level 1 may be paid; who is not tradable may not trade at any level."""
    dave = await stand.customer("dave", level=1)
    first = (await dave.get("/v1/user")).data
    customer = stand.venue.customers.by_username("dave")
    assert customer is not None
    await stand.venue.customers.register.change(customer.account, level=3, status=Status.NOT_TRADABLE)
    second = (await dave.get("/v1/user")).data

    assert (first["allowCryptoDeposit"], first["allowTrade"], first["isKyc"]) == (True, False, True)
    assert (second["userStatus"], second["allowTrade"], second["allowFiatDeposit"]) == (8, False, True)


async def test_nobody_is_told_to_a_token_that_has_ended(stand: Stand, alice: Client) -> None:
    """GET /v1/user answers null data to it, and refuses whoever brings none; the other endpoints refuse both."""
    stand.clock.advance(IDLE_NS)

    ended, stranger = await alice.get("/v1/user"), await stand.public.get("/v1/user")
    elsewhere = await alice.get("/v1/user/vip_info")

    assert (ended.status, ended.code, ended.data, ended.json["success"]) == (200, 1, None, True)
    assert (stranger.status, stranger.code, stranger.data) == (401, 10002, None)
    assert (elsewhere.status, elsewhere.code, elsewhere.json["msg"]) == (401, 10002, "token过期")
    assert (await alice.get("/v1/login_status")).data == {"isLogin": False}


async def test_a_session_lives_while_it_is_used_and_ends_after_a_day(stand: Stand, alice: Client) -> None:
    """Every request is a sign of life; the lifetime is not stretched by them."""
    for _ in range(LIFETIME_NS // (20 * MINUTE) - 1):
        stand.clock.advance(20 * MINUTE)
        assert (await alice.get("/v1/login_status")).data == {"isLogin": True}

    stand.clock.advance(20 * MINUTE)
    assert (await alice.get("/v1/login_status")).data == {"isLogin": False}


async def test_a_session_survives_a_restart_and_its_idle_time_goes_on(stand: Stand, alice: Client) -> None:
    """The last sign of life is kept, so that a restart neither ends sessions nor wakes dead ones."""
    stand.clock.advance(20 * MINUTE)
    await alice.get("/v1/user")
    await stand.close()
    again = await open_stand(stand.clock, stand.store)
    alice = replace(alice, stand=again)

    stand.clock.advance(20 * MINUTE)
    assert (await alice.get("/v1/login_status")).data == {"isLogin": True}
    await again.close()
    last = await open_stand(stand.clock, stand.store)
    stand.clock.advance(IDLE_NS)
    assert (await replace(alice, stand=last).get("/v1/login_status")).data == {"isLogin": False}
    await last.close()


async def test_the_oldest_session_gives_way(stand: Stand, alice: Client) -> None:
    """A customer has so many devices and no more."""
    account = stand.venue.customers.by_username("alice")
    assert account is not None
    for _ in range(SESSIONS_MAX):
        await stand.venue.customers.sessions.open(account.account, is_proven=True)

    assert len(stand.venue.customers.sessions.of_account(account.account)) == SESSIONS_MAX
    assert (await alice.get("/v1/login_status")).data == {"isLogin": False}


async def test_tokens_look_like_the_venues_and_are_kept_as_digests(stand: Stand, alice: Client) -> None:
    """Whoever reads the store cannot sign in with what stands there."""
    prefix, first, second = alice.token.rsplit("_", 2)

    assert (prefix, len(first), len(second)) == ("USER_TOKEN_LOGIN", 32, 32)
    told = [repr(note) for batch in stand.store.batches(0) for _, note in batch.notes]
    assert any("SessionOpened" in note for note in told)
    assert not any(second in note or first in note for note in told)


async def test_the_spread_follows_the_vip_level(stand: Stand, alice: Client) -> None:
    """In percent, as a number: what the desk puts on USDT in TWD for this customer."""
    assert (await alice.get("/v1/user/vip_info")).data == {"isVIP": False, "spread": 0.2}
    customer = stand.venue.customers.by_username("alice")
    assert customer is not None

    await stand.venue.customers.register.change(customer.account, vip_level=2)

    assert (await alice.get("/v1/user/vip_info")).data == {"isVIP": True, "spread": 0.1}


async def test_an_account_without_a_customer_may_do_everything(stand: Stand) -> None:
    """The operator opened it, and its keys say what it may do."""
    account = await stand.venue.accounts.open("broker")
    key = await stand.venue.keys.create(account.id, {Permission.READ})

    told = (await Client(stand, key=key.key, secret=key.secret).get("/v1/user")).data

    assert (told["username"], told["email"], told["userStatus"], told["allowFiatWithdrawal"]) == ("broker", "", 1, True)


@pytest.mark.parametrize("token", ["x", "USER_TOKEN_LOGIN_" + "0" * 32 + "_" + "0" * 32, "é" * 40, "t" * 5000])
async def test_a_made_up_token_is_nobodys(stand: Stand, token: str) -> None:
    """Of whatever length and characters."""
    for cookie in (False, True):
        answer = await Client(stand, token, cookie=cookie).get("/v1/user/vip_info")
        assert (answer.status, answer.code) == (401, 10002)


async def test_unknown_paths_and_methods_have_the_envelope(stand: Stand) -> None:
    """Below /v1; the candles of another venue's graph stay where they are."""
    unknown, wrong = await stand.public.get("/v1/nothing"), await stand.public.post("/v1/user")

    assert (unknown.status, unknown.code) == (404, -1)
    assert (wrong.status, wrong.code, wrong.headers["allow"]) == (405, -1, "GET, HEAD, OPTIONS")
    assert (await stand.public.get("/v1/klines/nothing")).body != unknown.body
