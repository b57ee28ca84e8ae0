"""What guards an account: the authenticator, passwords, the login log."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyotp
import pytest

from bedesten.services.customers.authenticators import LOCKOUT_NS, TRIES_MAX
from bedesten.services.customers.logins import CAPTCHA_AFTER
from bedesten.services.customers.passwords import Cost, Passwords
from bedesten.services.store_types import Permission
from tests.dialects.bitgin.stand import SECOND, Answer, Client, Stand, sha256, token_of

RIGHT = "correct horse"


def totp(stand: Stand, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(stand.clock.now_ns() // SECOND + 30 * steps)


async def bound(stand: Stand, client: Client) -> str:
    """Bind an authenticator, wait until its code has passed, and return the secret."""
    secret = (await client.get("/v1/user/apply_google_device_authenticator")).data["totpKey"]
    answer = await bind(client, secret, totp(stand, secret))
    assert (answer.status, answer.data) == (200, "绑定成功")
    stand.clock.advance(60 * SECOND)
    return str(secret)


async def bind(client: Client, secret: str, code: str) -> Answer:
    return await client.post("/v1/user/bind_google_device_authenticator", {"totpCode": code, "totpKey": secret})


@pytest.fixture
async def client(stand: Stand) -> Client:
    """Somebody who signed up and is signed in."""
    await stand.sign_up("test123")
    return await stand.sign_in("test123")


async def test_an_authenticator_is_offered_with_the_text_of_a_qr_code(stand: Stand, client: Client) -> None:
    """The spelling of the field is the venue's."""
    answer = await client.get("/v1/user/apply_google_device_authenticator")

    parsed = pyotp.parse_uri(answer.data["qecode"])
    assert isinstance(parsed, pyotp.TOTP) and parsed.secret == answer.data["totpKey"] and parsed.name == "test123"
    assert answer.data["code"] == 1
    assert not (await client.get("/v1/user")).data["is2FA"]


async def test_an_authenticator_is_bound_with_its_first_code(stand: Stand, client: Client) -> None:
    """And shows; the secret is never told again."""
    await bound(stand, client)

    assert (await client.get("/v1/user")).data["is2FA"]
    assert (await client.get("/v1/user/apply_google_device_authenticator")).code == -19


async def test_a_binding_is_refused_for_a_reason(stand: Stand, client: Client) -> None:
    """A secret that was not offered, or was offered long ago, or a wrong code."""
    assert (await bind(client, "IKIEJ74IDKOSJLNF", "168668")).code == -19
    secret = (await client.get("/v1/user/apply_google_device_authenticator")).data["totpKey"]
    assert (await bind(client, secret, "000000")).code == 10027
    stand.clock.advance(600 * SECOND)
    assert (await bind(client, secret, totp(stand, secret))).code == -19


async def test_a_login_waits_for_the_second_factor(stand: Stand, client: Client) -> None:
    """Until then its token opens nothing; the answer to the code brings another."""
    secret = await bound(stand, client)
    half = await stand.sign_in("test123")

    shut, status = await half.get("/v1/user"), await half.get("/v1/login_status")
    wrong = await half.post("/v1/user/check/2FA", {"totpCode": "000000"})
    right = await half.post("/v1/user/check/2FA", {"totpCode": int(totp(stand, secret))})

    assert (shut.status, shut.code) == (401, 10070) and status.data == {"isLogin": False}
    assert (wrong.status, wrong.code, wrong.json["msg"], wrong.json["success"]) == (400, 10070, "", False)
    assert right.status == 200 and right.data["token"] == token_of(right)
    assert right.data["tokenUuid"] == right.data["token"].rsplit("_", 1)[1] and right.data["bandGoogle"] is False
    assert set(right.data) == {
        "accountTokenInfo", "bandGoogle", "errorcode", "fiat", "isFiat", "key", "msg", "secretKey", "token",
        "tokenUuid", "userinfo", "value",
    }  # fmt: skip
    assert (await Client(stand, right.data["token"]).get("/v1/user")).data["username"] == "test123"
    assert (await half.get("/v1/login_status")).data == {"isLogin": False}


async def test_a_session_that_was_ended_is_not_proven_any_more(
    stand: Stand, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where everybody is signed out while the code is being looked at, the code brings no new token."""
    secret = await bound(stand, client)
    half = await stand.sign_in("test123")
    account = stand.venue.accounts.by_name("test123")
    assert account is not None
    customers = stand.venue.customers
    check = customers.authenticators.check

    async def meanwhile(number: int, code: str, asker: Any) -> Any:
        verdict = await check(number, code, asker)
        await customers.sessions.end_all(number)
        return verdict

    monkeypatch.setattr(customers.authenticators, "check", meanwhile)

    answer = await half.post("/v1/user/check/2FA", {"totpCode": totp(stand, secret)})

    assert (answer.status, answer.code) == (400, 10070)
    assert customers.sessions.of_account(account.id) == []


async def test_nobody_gets_in_by_a_password_that_was_replaced_while_it_was_taken(
    stand: Stand, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong guess first, so that being right has something to write; the new password comes while that is written."""
    customers, account = stand.venue.customers, stand_account(stand)
    await stand.public.post("/v1/login", {"loginName": "test123", "password": sha256("wrong")})
    change = customers.register.change

    async def slowly(who: int, **fields: Any) -> Any:
        changed = await change(who, **fields)
        if fields.get("login_failures") == 0:
            await change(who, password_hash=await Passwords(Cost(1, 8, 1)).hash(sha256("another one")))
            await customers.sessions.end_all(who)
        return changed

    monkeypatch.setattr(customers.register, "change", slowly)
    answer = await stand.public.post("/v1/login", {"loginName": "test123", "password": sha256(RIGHT)})

    assert answer.code == 10006
    assert customers.sessions.of_account(account) == []


async def test_a_code_is_good_once_and_near_its_time(stand: Stand, client: Client) -> None:
    """A telephone's clock may be half a minute off, either way; a code that was used opens nothing again."""
    secret = await bound(stand, client)

    async def check(code: str) -> int:
        return int((await client.post("/v1/user/reauthenticate_with_credential", {"totpCode": code})).code)

    assert await check(totp(stand, secret, -2)) == 10027
    assert await check(totp(stand, secret, 2)) == 10027
    assert await check(totp(stand, secret, -1)) == 1
    code = totp(stand, secret, 1)
    assert await check(code) == 1
    assert await check(code) == 10027
    assert await check(totp(stand, secret)) == 10027  # older than the last one that was used


async def test_five_wrong_codes_of_who_is_in_end_that_session_and_nothing_else(stand: Stand, client: Client) -> None:
    """10026, and it is out; the owner's other session and the next login take codes at once."""
    secret = await bound(stand, client)
    path = "/v1/user/reauthenticate_with_credential"
    other = Client(stand, (await stand.venue.customers.sessions.open(stand_account(stand), is_proven=True)).text)

    codes = [(await client.post(path, {"totpCode": "000000"})).code for _ in range(TRIES_MAX)]

    assert codes == [10027] * (TRIES_MAX - 1) + [10026]
    assert (await client.post(path, {"totpCode": totp(stand, secret)})).status == 401
    assert (await other.post(path, {"totpCode": totp(stand, secret)})).data == "解绑成功"
    half = await stand.sign_in("test123")
    assert (await half.post("/v1/user/check/2FA", {"totpCode": totp(stand, secret, 1)})).code == 1


@pytest.mark.parametrize("row", ["reauthenticate_with_credential", "unbind_google_device_authenticator"])
async def test_a_key_that_guesses_shuts_itself_out_and_not_its_owner(stand: Stand, client: Client, row: str) -> None:
    """For two hours; a read-only key as any other. Withdrawals ask the same code, and count the same way."""
    secret = await bound(stand, client)
    made = await stand.venue.keys.create(stand_account(stand), set(Permission))
    key = Client(stand, key=made.key, secret=made.secret)
    path = f"/v1/user/{row}"
    codes = [(await key.post(path, {"totpCode": "000000"})).code for _ in range(TRIES_MAX)]

    assert codes == [10027] * (TRIES_MAX - 1) + [10026]
    assert (await key.post(path, {"totpCode": totp(stand, secret)})).code == 10026
    half = await stand.sign_in("test123")
    assert (await half.post("/v1/user/check/2FA", {"totpCode": totp(stand, secret)})).code == 1
    stand.clock.advance(LOCKOUT_NS)
    assert (await key.post(path, {"totpCode": totp(stand, secret)})).data == "解绑成功"


async def test_who_knows_the_password_gets_no_more_guesses_at_the_code_for_it(stand: Stand, client: Client) -> None:
    """A key changes the password, rightly, between any four wrong codes: a fifth shuts it out all the same."""
    secret = await bound(stand, client)
    made = await stand.venue.keys.create(stand_account(stand), set(Permission))
    key = Client(stand, key=made.key, secret=made.secret)
    path, words = "/v1/user/reauthenticate_with_credential", [RIGHT, "another one"]
    codes = []
    for _ in range(TRIES_MAX):
        codes.append((await key.post(path, {"totpCode": "000000"})).code)
        old, new = map(sha256, words)
        assert (await key.post("/v1/user/change_password", {"oldPassword": old, "newPassword": new})).code == 1
        words.reverse()

    assert codes == [10027] * (TRIES_MAX - 1) + [10026]
    assert (await key.post(path, {"totpCode": totp(stand, secret)})).code == 10026


async def test_five_wrong_codes_at_the_door_shut_the_authenticator_for_two_hours(stand: Stand, client: Client) -> None:
    """Whoever guesses there knows the password: 10026 for every login until then, and who is in goes on."""
    secret = await bound(stand, client)
    customers, account = stand.venue.customers, stand_account(stand)
    for _ in range(TRIES_MAX):
        half = await stand.sign_in("test123")
        assert (await half.post("/v1/user/check/2FA", {"totpCode": "000000"})).status == 400
    half = await stand.sign_in("test123")
    path = "/v1/user/reauthenticate_with_credential"

    assert (await half.post("/v1/user/check/2FA", {"totpCode": totp(stand, secret)})).status == 400
    inside = Client(stand, (await customers.sessions.open(account, is_proven=True)).text)
    assert (await inside.post(path, {"totpCode": totp(stand, secret)})).data == "解绑成功"
    stand.clock.advance(LOCKOUT_NS)
    half = await stand.sign_in("test123")
    assert (await half.post("/v1/user/check/2FA", {"totpCode": totp(stand, secret)})).code == 1


def stand_account(stand: Stand) -> int:
    customer = stand.venue.customers.by_username("test123")
    assert customer is not None
    return customer.account


async def test_an_authenticator_is_unbound_with_a_code(stand: Stand, client: Client) -> None:
    """Without one there is nothing to check."""
    secret = await bound(stand, client)

    assert (await client.post("/v1/user/unbind_google_device_authenticator", {"totpCode": "000000"})).code == 10027
    done = await client.post("/v1/user/unbind_google_device_authenticator", {"totpCode": totp(stand, secret)})
    none = await client.post("/v1/user/unbind_google_device_authenticator", {"totpCode": totp(stand, secret, 1)})

    assert (done.status, done.data) == (200, "解绑成功")
    assert (none.status, none.code, none.json["msg"]) == (400, 10011, "您没有设置谷歌")
    assert not (await client.get("/v1/user")).data["is2FA"]


async def test_a_password_is_changed_by_the_old_one(stand: Stand, client: Client) -> None:
    """The answer is wrapped twice, and every session ends, the one that asked included."""
    other = await stand.sign_in("test123")
    fields = {"oldPassword": sha256(RIGHT), "newPassword": sha256("another one")}

    answer = await client.post("/v1/user/change_password", fields)

    assert answer.status == 200
    assert answer.json["code"] == 1 and answer.data == {
        "code": 1, "msg": "Success", "time": stand.clock.now_ns() // 10**6, "data": None, "success": True,
    }  # fmt: skip
    for each in (client, other):
        assert (await each.get("/v1/login_status")).data == {"isLogin": False}
    assert (await stand.public.post("/v1/login", {"loginName": "test123", "password": sha256(RIGHT)})).code == 10006
    assert (await stand.sign_in("test123", "another one")).token


async def test_a_change_of_password_is_refused_for_a_reason(stand: Stand, client: Client) -> None:
    """A wrong old one is no failed login of anybody's; a new one must be one, and new."""
    path, right, new = "/v1/user/change_password", sha256(RIGHT), sha256("another one")

    assert (await client.post(path, {"oldPassword": "wrong", "newPassword": new})).code == 10006
    assert (await client.post(path, {"oldPassword": right, "newPassword": right})).code == -1
    assert (await client.post(path, {"oldPassword": right, "newPassword": ""})).code == -1
    customer = stand.venue.customers.by_username("test123")
    assert customer is not None and customer.login_failures == 0


async def test_wrong_old_passwords_end_their_session_and_do_not_hinder_the_owner(stand: Stand, client: Client) -> None:
    """Thirteen of them in a stolen session: the fifth ends it; the owner changes the password, which ends all others."""
    path, new = "/v1/user/change_password", sha256("another one")
    stolen, bystander = await stand.sign_in("test123"), await stand.sign_in("test123")
    answers = [await stolen.post(path, {"oldPassword": f"guess {n}", "newPassword": new}) for n in range(13)]

    assert [each.code for each in answers] == [10006] * TRIES_MAX + [10002] * (13 - TRIES_MAX)
    done = await client.post(path, {"oldPassword": sha256(RIGHT), "newPassword": new})
    assert (done.status, done.json["code"]) == (200, 1)
    assert (await bystander.get("/v1/login_status")).data == {"isLogin": False}
    assert (await stand.sign_in("test123", "another one")).token


async def test_strangers_at_the_door_do_not_keep_who_is_in_from_changing_the_password(
    stand: Stand, client: Client
) -> None:
    """A lockout is the door's alone."""
    customer = stand.venue.customers.by_username("test123")
    assert customer is not None
    until_ns = stand.clock.now_ns() + LOCKOUT_NS
    await stand.venue.customers.register.change(customer.account, login_failures=10, locked_until_ns=until_ns)

    fields = {"oldPassword": sha256(RIGHT), "newPassword": sha256("another one")}
    assert (await client.post("/v1/user/change_password", fields)).status == 200


async def test_a_forgotten_password_is_replaced_by_a_code(stand: Stand, client: Client) -> None:
    """Sessions end, a lockout ends; the outer envelope says "code1" as the documents do, and "code" as all others."""
    await stand.public.post("/v1/apply_verification_code", {"loginName": "test123"})
    fields = {"username": "test123", "codeEmail": stand.code("test123@example.com"), "newPassword": sha256("new horse")}

    wrong = await stand.public.post("/v1/user/forget_password", {**fields, "codeEmail": "000000"})
    nobody = await stand.public.post("/v1/user/forget_password", {**fields, "username": "nobody"})
    bad = await stand.public.post("/v1/user/forget_password", {**fields, "newPassword": "x"})
    right = await stand.public.post("/v1/user/forget_password", fields)

    assert [(each.status, each.code) for each in (wrong, nobody, bad)] == [(400, 10029), (400, 10029), (400, -1)]
    assert (right.status, right.json["code1"], right.json["code"], right.data["code"]) == (200, 1, 1, 1)
    assert (await client.get("/v1/login_status")).data == {"isLogin": False}
    assert (await stand.sign_in("test123", "new horse")).token


async def test_a_forgotten_password_forgets_the_failures_under_both_names(stand: Stand, client: Client) -> None:
    """Whoever reads the customer's e-mail is the customer: no captcha is due at the next login, by either name."""
    names = ("test123", "test123@example.com")
    for name in names * CAPTCHA_AFTER:
        stand.clock.advance(3 * SECOND)
        await stand.public.post("/v1/login", {"loginName": name, "password": sha256("wrong")})
    due = [(await stand.public.post("/v1/login", {"loginName": name, "password": sha256("x")})).code for name in names]
    assert due == [10083, 10083]

    await stand.public.post("/v1/apply_verification_code", {"loginName": "test123"})
    fields = {"username": "test123", "codeEmail": stand.code("test123@example.com"), "newPassword": sha256("new horse")}
    assert (await stand.public.post("/v1/user/forget_password", fields)).status == 200

    for name in names:
        assert (await stand.sign_in(name, "new horse")).token


async def test_the_log_tells_what_happened_to_the_account(stand: Stand, client: Client) -> None:
    """Newest first, by page, with browser and system as far as they say."""
    agent = (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/91.0.4472.114 "
        "Safari/537.36"
    )
    browser = replace(stand.public, more={"user-agent": agent})
    await browser.post("/v1/login", {"loginName": "test123", "password": "wrong"})
    await client.post("/v1/logout")
    client = await stand.sign_in("test123")

    rows = (await client.get("/v1/user/login_log")).data["dataList"]
    page = (await client.get("/v1/user/login_log", pageSize=2, pageNum=2)).data["dataList"]

    assert [row["operationCode"] for row in rows] == [1001, 1002, 1003, 1001, 1000]
    assert rows[2] == {
        "area": "-", "browser": "Chrome 91.0.4472", "city": None, "ip": "192.0.2.1",
        "logTime": stand.clock.now_ns() // 10**6, "operationCode": 1003, "os": "Windows 10",
    }  # fmt: skip
    assert (rows[0]["browser"], rows[0]["os"]) == ("-", "-")
    assert page == rows[2:4]


@pytest.mark.parametrize("query", [{"pageSize": 0}, {"pageSize": 51}, {"pageNum": 0}, {"pageNum": "x"}])
async def test_a_page_of_the_log_is_bounded(client: Client, query: dict[str, object]) -> None:
    """-2 with the name of what is wrong."""
    answer = await client.get("/v1/user/login_log", **query)

    assert (answer.status, answer.code) == (400, -2) and next(iter(query)) in answer.json["msg"]


async def test_the_operator_reads_of_it_in_the_audit_log(stand: Stand, client: Client) -> None:
    """Who, what and from where; no secret."""
    entries = list(stand.venue.audit.entries())

    assert [(entry.actor, entry.action) for entry in entries] == [
        ("customer test123", "registered"), ("customer test123", "signed_in"),
    ]  # fmt: skip
    assert entries[0].particulars == {"address": "192.0.2.1"}


async def test_a_program_may_not_touch_what_guards_the_account(stand: Stand) -> None:
    """A key that only reads neither changes the password nor binds an authenticator."""
    program = await stand.customer("carol", {Permission.READ}, key=True)

    for path in ("change_password", "bind_google_device_authenticator", "unbind_google_device_authenticator"):
        assert (await program.post(f"/v1/user/{path}", {})).status == 403
    assert (await program.post("/v1/user/check/2FA", {"totpCode": "1"})).code == -19
    assert (await program.get("/v1/user/login_log")).data == {"dataList": []}
