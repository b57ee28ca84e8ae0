"""A customer's life from end to end, with the venue stopped and started again between any two steps."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pyotp
import pytest

from bedesten.services.customers.logins import LOCKED_AFTER, LOCKOUT_NS
from bedesten.storage.documents import DocumentsInMemory
from tests.dialects.bitgin.stand import SECOND, Client, Stand, open_stand, sha256
from tests.dialects.bitgin.test_kyc import BANK, apply_level_2, pass_level_1, picture, send_form

Again = Callable[[], Awaitable[Stand]]


@pytest.fixture
async def again() -> AsyncIterator[Again]:
    """Stops the venue, if it runs, and starts it over the same store, clock and documents."""
    documents = DocumentsInMemory()
    running: list[Stand] = []

    async def restart() -> Stand:
        if running:
            await running[-1].close()
            opened = await open_stand(running[-1].clock, running[-1].store, documents)
        else:
            opened = await open_stand(documents=documents)
        running.append(opened)
        return opened

    yield restart
    await running[-1].close()


async def test_a_life_goes_on_over_restarts(again: Again) -> None:
    """Sign-up, verification, login, authenticator, three levels, lockout, forgotten password."""
    stand = await again()
    form = {"username": "mei", "email": "mei@example.com", "password": sha256("first one"), **await stand.captcha()}
    assert (await stand.public.post("/v1/register", form)).status == 200

    stand = await again()
    code = stand.code("mei@example.com")
    assert (await stand.public.post("/v1/verify", {"loginName": "mei", "code": code})).status == 200

    stand = await again()
    client = await stand.sign_in("mei", "first one")
    client = replace(client, stand=await again())
    client, secret = await with_authenticator(client, again)
    await rise(client, again)

    stand = await again()
    await lock_out(stand)
    stand = await again()
    captcha = await stand.captcha()
    shut = await stand.public.post("/v1/login", {"loginName": "mei", "password": sha256("first one"), **captcha})
    assert shut.code == 10006
    await forget(stand, again)

    stand = await again()
    half = await stand.sign_in("mei", "second one")
    half = replace(half, stand=await again())
    stand = half.stand
    stand.clock.advance(60 * SECOND)
    half = await stand.sign_in("mei", "second one")
    whole = await half.post("/v1/user/check/2FA", {"totpCode": totp(stand, secret)})
    told = (await Client(await again(), whole.data["token"]).get("/v1/user")).data
    assert (told["kycLevel"], told["userStatus"], told["is2FA"], told["allowFiatWithdrawal"]) == (3, 1, True, True)


def totp(stand: Stand, secret: str) -> str:
    return pyotp.TOTP(secret).at(stand.clock.now_ns() // SECOND)


async def with_authenticator(client: Client, again: Again) -> tuple[Client, str]:
    secret = (await client.get("/v1/user/apply_google_device_authenticator")).data["totpKey"]
    form = {"totpCode": totp(client.stand, secret), "totpKey": secret}
    assert (await client.post("/v1/user/bind_google_device_authenticator", form)).status == 200
    client = replace(client, stand=await again())
    again_used = await client.post("/v1/user/reauthenticate_with_credential", {"totpCode": form["totpCode"]})
    assert again_used.code == 10027
    return client, str(secret)


async def rise(client: Client, again: Again) -> None:
    await pass_level_1(client)
    client = replace(client, stand=await again())
    await apply_level_2(client)
    for level in (2, 3):
        client = replace(client, stand=await again())
        customers = client.stand.venue.customers
        customer = customers.by_username("mei")
        assert customer is not None
        if level == 3:
            assert (await send_form(client, "/v1/kyc/apply_level_3", BANK, picture())).status == 200
        await customers.kyc.review(customer.account, level, is_passed=True)
        assert (await client.get("/v1/user")).data["kycLevel"] == level


async def lock_out(stand: Stand) -> None:
    for _ in range(LOCKED_AFTER):
        stand.clock.advance(3 * SECOND)
        captcha = await stand.captcha()
        await stand.public.post("/v1/login", {"loginName": "mei", "password": sha256("wrong"), **captcha})


async def forget(stand: Stand, again: Again) -> None:
    await stand.public.post("/v1/apply_verification_code", {"loginName": "mei"})
    stand = await again()
    form = {"username": "mei", "codeEmail": stand.code("mei@example.com"), "newPassword": sha256("second one")}
    assert (await stand.public.post("/v1/user/forget_password", form)).status == 200


async def test_a_lockout_lasts_over_a_restart_and_ends_by_itself(again: Again) -> None:
    """Nobody who waits is kept out."""
    stand = await again()
    await stand.sign_up("mei", "first one")
    await lock_out(stand)
    stand = await again()
    captcha = await stand.captcha()
    assert (
        await stand.public.post("/v1/login", {"loginName": "mei", "password": sha256("first one"), **captcha})
    ).code == 10006

    stand.clock.advance(LOCKOUT_NS)

    assert (await stand.sign_in("mei", "first one", **await stand.captcha())).token
