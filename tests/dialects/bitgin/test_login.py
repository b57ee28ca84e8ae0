"""The doors: registration, verification, sign-in, captchas, lockout, sign-out."""

from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from bedesten.domain.customers import Status
from bedesten.server.app import App
from bedesten.server.settings import ServerSettings
from bedesten.services.customers.fold_codes import CodesFold
from bedesten.services.customers.logins import CAPTCHA_AFTER, LOCKED_AFTER, LOCKOUT_NS
from bedesten.services.log import recover
from tests.dialects.bitgin.stand import SECOND, Client, Stand, sha256, token_of

RIGHT = "correct horse"


def form(name: str, password: str = RIGHT, **more: Any) -> dict[str, Any]:
    return {"loginName": name, "password": sha256(password), **more}


async def register(stand: Stand, **changes: Any) -> Any:
    fields = {"username": "test123", "email": "test123@example.com", "password": sha256(RIGHT), **await stand.captcha()}
    return await stand.public.post("/v1/register", {**fields, **changes})


async def fail(stand: Stand, name: str, times: int) -> list[Any]:
    """Give a wrong password so many times, with a captcha from the fourth on."""
    answers = []
    for count in range(times):
        stand.clock.advance(3 * SECOND)
        captcha = await stand.captcha() if count >= CAPTCHA_AFTER else {}
        answers.append(await stand.public.post("/v1/login", form(name, "wrong", **captcha)))
    return answers


async def test_a_captcha_is_a_picture_with_a_number(stand: Stand) -> None:
    """JPEG in base64, and an id of nineteen digits; its answer is not on the wire."""
    answer = await stand.public.get("/v1/captcha/image")

    assert answer.code == 1
    assert base64.b64decode(answer.data["img"]).startswith(b"\xff\xd8\xff")
    assert len(answer.data["captchaId"]) == 19 and set(answer.data) == {"img", "captchaId"}


async def test_somebody_registers_proves_the_address_and_signs_in(stand: Stand) -> None:
    """The whole story; until the address is proven the status is 4 and nothing is allowed."""
    registered = await register(stand)
    early = await stand.public.post("/v1/login", form("test123"))
    code = stand.code("test123@example.com")
    verified = await stand.public.post("/v1/verify", {"loginName": "test123@example.com", "code": code})
    late = await stand.public.post("/v1/login", form("test123@example.com"))

    assert (registered.status, registered.json["msg"], registered.data) == (200, "Success", None)
    assert early.json["msg"] is None and early.data == {
        "email": "test123@example.com", "username": "test123", "userStatus": 4, "is2FA": False, "isKyc": False,
    }  # fmt: skip
    assert (verified.status, verified.data) == (200, None)
    assert late.data["userStatus"] == 1
    told = (await Client(stand, token_of(late), cookie=True).get("/v1/user")).data
    assert (told["username"], told["kycLevel"], told["allowCryptoDeposit"]) == ("test123", 0, False)


async def test_a_login_gives_a_cookie_that_pages_cannot_read(stand: Stand) -> None:
    """HttpOnly, SameSite=Strict; Secure behind a proxy that speaks TLS; the answer is not to be kept."""
    await stand.sign_up("test123")
    plain = await stand.public.post("/v1/login", form("test123"))
    claimed = await replace(stand.public, more={"x-forwarded-proto": "https"}).post("/v1/login", form("test123"))
    behind = replace(stand, app=App(stand.venue, stand.app._dialects, settings=ServerSettings(is_behind_tls=True)))
    secure = await Client(behind).post("/v1/login", form("test123"))

    assert plain.headers["set-cookie"].endswith("; Path=/; Max-Age=86400; HttpOnly; SameSite=Strict")
    assert claimed.headers["set-cookie"].endswith("; SameSite=Strict")  # a client is not believed
    assert secure.headers["set-cookie"].endswith("; Secure")
    assert plain.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("changes", "code", "message"),
    [
        ({"username": "Alice"}, 10086, "用户名或邮箱已存在"),
        ({"email": "ALICE@example.com"}, 10013, "邮箱已存在"),
        ({"captchaNumber": "nope"}, 10083, "圖形验证码错误"),
        ({"captchaId": "1"}, 10083, "圖形验证码错误"),
        ({"username": "fees"}, 10086, "用户名或邮箱已存在"),
        ({"username": "Desk"}, 10086, "用户名或邮箱已存在"),
        ({"username": "OUTSIDE"}, 10086, "用户名或邮箱已存在"),
        ({"username": "a b"}, -2, "[invalid username]"),
        ({"username": ""}, -2, "[invalid username]"),
        ({"username": "someone@else"}, -2, "[invalid username]"),
        ({"email": "nowhere"}, -2, "[invalid email]"),
        ({"email": "a@b\r\nBcc: x@y.z"}, -2, "[invalid email]"),
        ({"password": "short"}, -2, "[invalid password]"),
        ({"password": 5}, -2, "[invalid password]"),
    ],
)
async def test_a_registration_is_refused_for_a_reason(
    stand: Stand, alice: Client, changes: dict[str, Any], code: int, message: str
) -> None:
    """Each with its code; nothing is opened or sent."""
    accounts = len(stand.venue.accounts.all())

    answer = await register(stand, **changes)

    assert (answer.status, answer.code, answer.json["msg"], answer.json["success"]) == (400, code, message, False)
    assert len(stand.venue.accounts.all()) == accounts and not stand.messages("email")


async def test_a_captcha_is_good_once_and_for_five_minutes(stand: Stand) -> None:
    """Right or wrong, it is used up."""
    captcha = await stand.captcha()
    assert (await register(stand, **captcha)).status == 200
    assert (await register(stand, username="other", email="o@example.com", **captcha)).code == 10083
    late = await stand.captcha()
    stand.clock.advance(300 * SECOND)
    assert (await register(stand, username="other", email="o@example.com", **late)).code == 10083


@pytest.mark.parametrize("name", ["test123", "test123@example.com", "nobody", "nobody@example.com"])
async def test_failures_are_counted_and_after_three_a_captcha_is_asked_for(stand: Stand, name: str) -> None:
    """Whether the name exists or not: the same answers, so that nobody learns who is a customer."""
    await stand.sign_up("test123")

    answers = await fail(stand, name, CAPTCHA_AFTER)
    without = await stand.public.post("/v1/login", form(name))
    wrong = await stand.public.post("/v1/login", form(name, captchaId="1", captchaNumber="abcd"))
    with_one = await stand.public.post("/v1/login", form(name, "wrong", **await stand.captcha()))

    assert [(each.status, each.code, each.data) for each in answers] == [
        (400, 10006, {"wrongTime": count + 1}) for count in range(CAPTCHA_AFTER)
    ]
    assert [(each.code, each.data, each.json["msg"]) for each in (without, wrong)] == [
        (10083, {"wrongTime": 3}, None)
    ] * 2
    assert (with_one.code, with_one.data) == (10006, {"wrongTime": 4})


async def test_a_login_under_way_does_not_outlive_the_password(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gave the old password while it was being replaced is not let in, and leaves no session behind."""
    await stand.sign_up("test123")
    await stand.public.post("/v1/apply_verification_code", {"loginName": "test123"})
    passwords, gate = stand.venue.customers.passwords, asyncio.Event()
    is_right = passwords.is_right

    async def slow(password: str, kept: str) -> bool:
        answer = await is_right(password, kept)
        await gate.wait()
        return answer

    monkeypatch.setattr(passwords, "is_right", slow)
    under_way = asyncio.create_task(stand.public.post("/v1/login", form("test123")))
    code = stand.code("test123@example.com")
    reset = {"username": "test123", "codeEmail": code, "newPassword": sha256("another horse")}
    assert (await stand.public.post("/v1/user/forget_password", reset)).status == 200
    gate.set()
    late = await under_way

    account = stand.venue.accounts.by_name("test123")
    assert account is not None
    assert (late.status, late.code) == (400, 10006)
    assert stand.venue.customers.sessions.of_account(account.id) == []
    await stand.sign_in("test123", "another horse")


async def test_a_login_that_succeeds_forgets_the_failures(stand: Stand) -> None:
    """With the captcha that is due."""
    await stand.sign_up("test123")
    await fail(stand, "test123", 3)

    assert (await stand.public.post("/v1/login", form("test123", **await stand.captcha()))).status == 200
    assert (await stand.public.post("/v1/login", form("test123", "wrong"))).data == {"wrongTime": 1}


async def test_ten_failures_lock_the_door_for_half_an_hour(stand: Stand) -> None:
    """Even the right password is refused meanwhile, in the same words; who is in already sees status 7 and stays."""
    await stand.sign_up("test123")
    inside = await stand.sign_in("test123")
    await fail(stand, "test123", LOCKED_AFTER)

    locked = await stand.public.post("/v1/login", form("test123", **await stand.captcha()))
    assert (locked.code, locked.data) == (10006, {"wrongTime": LOCKED_AFTER + 1})
    assert (await inside.get("/v1/user")).data["userStatus"] == 7
    stand.clock.advance(LOCKOUT_NS)
    assert (await stand.public.post("/v1/login", form("test123", **await stand.captcha()))).status == 200


@pytest.mark.parametrize("status", [Status.DELETED, Status.LOCKED])
async def test_who_is_shut_out_cannot_sign_in(stand: Stand, status: Status) -> None:
    """And is told what a stranger is told."""
    await stand.sign_up("test123")
    customer = stand.venue.customers.by_username("test123")
    assert customer is not None
    await stand.venue.customers.register.change(customer.account, status=status)

    answer = await stand.public.post("/v1/login", form("test123"))

    assert (answer.code, answer.data) == (10006, {"wrongTime": 1})


@pytest.mark.parametrize("status", [Status.BLOCKED, Status.SUSPENDED, Status.NOT_TRADABLE])
async def test_who_is_restricted_may_look(stand: Stand, status: Status) -> None:
    """The login tells the status."""
    await stand.sign_up("test123")
    customer = stand.venue.customers.by_username("test123")
    assert customer is not None
    await stand.venue.customers.register.change(customer.account, status=status)

    assert (await stand.public.post("/v1/login", form("test123"))).data["userStatus"] == int(status)


async def test_a_login_without_a_name_has_a_code_of_its_own(stand: Stand) -> None:
    """10003."""
    answer = await stand.public.post("/v1/login", {"password": sha256(RIGHT)})

    assert (answer.status, answer.code, answer.data) == (400, 10003, {"wrongTime": 0})


async def test_logging_out_ends_the_session_and_the_cookie(stand: Stand) -> None:
    """Twice is a token that has ended."""
    await stand.sign_up("test123")
    client = await stand.sign_in("test123")

    out, again = await client.post("/v1/logout"), await client.post("/v1/logout")

    assert (out.status, out.json["msg"], out.data) == (200, "Logout", None)
    assert out.headers["set-cookie"].startswith("token=; Path=/; Max-Age=0")
    assert (again.status, again.code, again.json["msg"], again.json["success"]) == (401, 10002, "token过期", False)


@pytest.mark.parametrize("name", ["test123", "nobody"])
async def test_a_wrong_verification_code_has_its_code(stand: Stand, name: str) -> None:
    """10022, with the flag that the documents print; strangers get the same."""
    await register(stand)

    answer = await stand.public.post("/v1/verify", {"loginName": name, "code": "000000"})

    assert (answer.status, answer.code, answer.json["success"]) == (400, 10022, True)
    assert (await stand.public.post("/v1/verify", {"code": "1"})).json["msg"] == "[empty loginName]"


async def test_a_code_dies_of_age_use_and_guesses(stand: Stand) -> None:
    """Five minutes, one use, five tries; a new one kills the old."""

    async def verify(code: str) -> int:
        stand.clock.advance(2 * SECOND)
        return int((await stand.public.post("/v1/verify", {"loginName": "test123", "code": code})).status)

    async def again() -> str:
        stand.clock.advance(600 * SECOND)
        assert (await stand.public.post("/v1/apply_verification_code", {"loginName": "test123"})).status == 200
        return stand.code("test123@example.com")

    await register(stand)
    first = stand.code("test123@example.com")
    second = await again()
    assert await verify(first) == 400 and await verify(second) == 200 and await verify(second) == 400
    guessed = await again()
    assert [await verify("000000") for _ in range(5)] == [400] * 5 and await verify(guessed) == 400
    old = await again()
    stand.clock.advance(300 * SECOND)
    assert await verify(old) == 400


async def test_a_code_is_asked_for_by_mail_or_message(stand: Stand) -> None:
    """Who knows the address is told it; who knows the name only is told as much as the owner needs."""
    await register(stand)

    by_mail = await stand.public.post("/v1/apply_verification_code", {"loginName": "test123@example.com"})
    by_name = await stand.public.post("/v1/apply_verification_code", {"loginName": "test123"})
    by_text = await stand.public.post(
        "/v1/apply_verification_code", {"loginName": "test123", "mobilePhone": "0912-345-678"}
    )

    assert (by_mail.json["msg"], by_mail.data) == (None, {"email": "test123@example.com"})
    assert by_name.data == {"email": "t******@******"}
    assert by_text.data == {"mobilePhone": "+886912345678"} and len(stand.messages("text")) == 1


@pytest.mark.parametrize(
    ("fields", "code", "message"),
    [
        ({}, -2, "[empty loginName]"),
        ({"loginName": "alice", "mobilePhone": "123"}, 10018, None),
        ({"loginName": "alice", "mobilePhone": "+886 2 0"}, 10018, None),
    ],
)
async def test_a_code_is_refused_for_a_reason(
    stand: Stand, alice: Client, fields: dict[str, Any], code: int, message: str | None
) -> None:
    """No name, no number that can be called."""
    answer = await stand.public.post("/v1/apply_verification_code", fields)

    assert (answer.status, answer.code, answer.json["msg"]) == (400, code, message)


async def _asks(stand: Stand, address: str, path: str = "/v1/apply_verification_code", **fields: Any) -> int:
    """Ask from an address and return the code of the answer."""
    stand.clock.advance(7 * SECOND)
    body = json.dumps({"loginName": "alice", **fields}).encode()
    answer = await stand.send("POST", path, "", {"content-type": "application/json"}, body, address)
    return int(answer.code)


@pytest.mark.parametrize("name", ["alice", "nobody", "alice@example.com", "nobody@example.com"])
async def test_messages_are_limited_by_address_and_by_customer(stand: Stand, alice: Client, name: str) -> None:
    """Three of an address in ten minutes, five to a customer; then each takes a captcha, and five of those are sent.

    Nobody's name is answered alike, and an address of IPv6 is its /64.
    """
    here = [await _asks(stand, f"2001:db8::{n}", loginName=name) for n in range(4)]
    there = [await _asks(stand, "192.0.2.7", loginName=name) for _ in range(3)]
    read = [await _asks(stand, "192.0.2.8", loginName=name, **await stand.captcha()) for _ in range(6)]
    unread = await _asks(stand, "192.0.2.9", loginName=name)
    stand.clock.advance(600 * SECOND)

    assert here == [1, 1, 1, 10083]
    assert there == [1, 1, 10083]
    assert read == [1, 1, 1, 1, 1, 10063]
    assert unread == 10083
    assert await _asks(stand, "192.0.2.9", loginName=name) == 1
    assert len(stand.messages("email", "alice@example.com")) == (11 if name.startswith("alice") else 0)


async def test_strangers_do_not_use_up_what_the_owner_of_a_name_needs(stand: Stand, alice: Client) -> None:
    """Five messages asked for and five codes guessed without a captcha: the owner reads one, and has a new password."""
    forget = "/v1/user/forget_password"
    wrong = {"username": "alice", "codeEmail": "000000", "newPassword": sha256("thief's own")}
    for n in range(5):
        await _asks(stand, f"198.51.100.{n}")
        assert await _asks(stand, f"198.51.100.{n}", forget, **wrong) in (10029, 10083)
        assert await _asks(stand, f"198.51.100.{n}", "/v1/verify", code="000000") in (10022, 10083)
    owner = "192.0.2.1"

    assert await _asks(stand, owner) == 10083
    assert await _asks(stand, owner, **await stand.captcha()) == 1
    fields = {"username": "alice", "codeEmail": stand.code("alice@example.com"), "newPassword": sha256("a new one")}
    assert await _asks(stand, owner, forget, **fields) == 10083
    assert await _asks(stand, owner, forget, **fields, **await stand.captcha()) == 1
    assert (await stand.sign_in("alice", "a new one")).token


async def test_a_stranger_who_asks_for_a_code_does_not_kill_the_owner_s(stand: Stand, alice: Client) -> None:
    """Both are good, until one is used."""
    await _asks(stand, "192.0.2.1")
    first = stand.code("alice@example.com")
    await _asks(stand, "198.51.100.1")
    second = stand.code("alice@example.com")

    def fields(code: str) -> dict[str, str]:
        return {"username": "alice", "codeEmail": code, "newPassword": sha256("a new one")}

    assert await _asks(stand, "192.0.2.1", "/v1/user/forget_password", **fields(first)) == 1
    assert await _asks(stand, "192.0.2.1", "/v1/user/forget_password", **fields(second)) == 10029


@pytest.mark.parametrize("path", ["/v1/apply_verification_code", "/v1/user/forget_password"])
async def test_names_that_are_nobody_s_read_alike_and_cost_alike(stand: Stand, alice: Client, path: str) -> None:
    """The same answer but for the name, after as many commands, try by try."""
    written = []
    real = stand.venue.sequencer.submit

    def submit(*given: Any, **more: Any) -> Any:
        written.append(given)
        return real(*given, **more)

    stand.venue.sequencer.submit = submit  # type: ignore[method-assign]
    told: dict[str, list[Any]] = {"alice": [], "nobody": []}
    for n in range(7):
        for name, rows in told.items():
            body = {"loginName": name, "username": name, "codeEmail": "000000", "newPassword": sha256("x" * 9)}
            before = len(written)
            answer = await stand.send(
                "POST", path, "", {"content-type": "application/json"}, json.dumps(body).encode(), f"192.0.2.{n}"
            )
            text = answer.body.decode().replace(f'"{name[:1]}*', '"?*')
            rows.append((answer.status, text, len(written) - before))

    assert told["alice"] == told["nobody"]


async def test_the_doors_are_limited_by_address(stand: Stand) -> None:
    """Sixty a minute; another address is not shut out with it."""
    answers = [await stand.public.post("/v1/login", form("nobody")) for _ in range(61)]
    elsewhere = await stand.send("POST", "/v1/login", "", {}, b"{}", "192.0.2.9")

    assert answers[-1].status == 429 and answers[-1].code == -22 and "retry-after" in answers[-1].headers
    assert elsewhere.code == 10003


async def test_messages_hold_the_code_and_nothing_else_of_worth(stand: Stand) -> None:
    """In the customer's language, Chinese unless told."""
    await register(stand)
    await register(stand, username="abc", email="abc@example.com", lang="en")
    english, chinese = stand.messages("email")

    assert "verification code" in english and "驗證碼" in chinese
    assert sha256(RIGHT) not in english + chinese


async def test_passwords_and_codes_are_kept_as_hashes(stand: Stand) -> None:
    """Whoever reads the store finds Argon2 and salted digests."""
    await register(stand)
    code = stand.code("test123@example.com")
    (customer,) = stand.venue.customers.register
    (kept,) = recover(stand.store).folds.of(CodesFold).codes.values()

    assert customer.password_hash.startswith("$argon2id$") and sha256(RIGHT) not in customer.password_hash
    assert code not in repr(kept)
