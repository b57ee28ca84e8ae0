"""What nobody meant to send: every answer is in the venue's envelope, none is a failure of ours, and no race wins anything."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from bedesten.dialects.bitgin.dialect import BitginDialect
from bedesten.dialects.contract import Endpoint
from bedesten.services.customers.fold_sessions import SessionsFold
from bedesten.services.log import recover
from tests.dialects.bitgin.stand import SECOND, Client, Stand, sha256

ROWS = [row for row in BitginDialect().endpoints if row.path.startswith("/v1/")]
POSTS = [row for row in ROWS if row.method == "POST"]
VALUES: list[Any] = [
    None, "", "\0", "x" * 100_000, "\ud83d\ude00", "\ud800", -1, 0, 10**30, 1e300, True, [], {}, [[[]]], {"a": {}},
    "<script>", "' OR 1=1 --", "../../etc/passwd", "٣٤٥٦٧٨", "null",
]  # fmt: skip
BODIES = [
    b"", b"{", b"[]", b"null", b"1", b'"x"', b"\xff\xfe", b"{}" * 2, b"[" * 50_000, b'{"a":' * 5_000, b"{}\0",
    b'{"loginName":"\\ud800"}', b'{"code":NaN}', b'{"totpCode":1e999}', b'{"totpCode":-5}', b'{"username":"\\u0000"}',
]  # fmt: skip


def is_enveloped(status: int, body: bytes) -> bool:
    if status == 302:
        return body == b""
    told = json.loads(body)
    return {"code", "msg", "time", "data", "success"} <= told.keys() and (status == 200) == (told["code"] == 1)


@pytest.mark.parametrize("row", POSTS, ids=[row.path for row in POSTS])
async def test_no_body_breaks_an_endpoint(stand: Stand, alice: Client, row: Endpoint) -> None:
    """Signed in or not."""
    for client in (stand.public, alice):
        for body in BODIES:
            stand.clock.advance(7 * SECOND)
            answer = await client.call("POST", row.path, raw=body)
            assert answer.status in (200, 400, 401) and is_enveloped(answer.status, answer.body), body[:40]


@pytest.mark.parametrize("row", POSTS, ids=[row.path for row in POSTS])
async def test_no_value_breaks_an_endpoint(stand: Stand, alice: Client, row: Endpoint) -> None:
    """Each in the place of every field."""
    fields = row.request.__struct_fields__ if row.request is not None else ("x",)
    for value in VALUES:
        stand.clock.advance(7 * SECOND)
        body = json.dumps(dict.fromkeys(fields, value)).encode()
        answer = await alice.call("POST", row.path, raw=body)
        if answer.status == 401:  # signed out by its own wish, or a password that was changed
            account = stand.venue.customers.by_username("alice")
            assert account is not None
            alice.token = (await stand.venue.customers.sessions.open(account.account, is_proven=True)).text
        assert answer.status in (200, 400, 401) and is_enveloped(answer.status, answer.body), value


@pytest.mark.parametrize("row", [row for row in ROWS if row.method == "GET"], ids=lambda row: str(row.path))
@pytest.mark.parametrize("query", ["x", "pageSize=٣", "pageNum=" + "9" * 30, "a&" * 200, "%ff=%ff", "pageSize=1e5"])
async def test_no_query_breaks_an_endpoint(stand: Stand, alice: Client, row: Endpoint, query: str) -> None:
    """Whatever stands behind the question mark; the link of an e-mail leads to a page."""
    answer = await stand.send("GET", row.path, query, {"token": alice.token})

    assert answer.status in (200, 302, 400, 401, 404) and is_enveloped(answer.status, answer.body)


@pytest.mark.parametrize("cookie", ["", "token", "token=", "=;=;", "token=\x01", 'token="' + "x" * 9000, "a=b; " * 500])
async def test_no_cookie_breaks_the_door(stand: Stand, cookie: str) -> None:
    """Nobody is let in by one, and nothing fails."""
    answer = await stand.send("GET", "/v1/user/vip_info", headers={"cookie": cookie})

    assert (answer.status, answer.code) == (401, 10002)


async def test_a_cookie_that_another_site_sends_is_not_read(stand: Stand, alice: Client) -> None:
    """The page of a stranger cannot have a customer do anything."""
    headers = {"cookie": f"token={alice.token}", "origin": "https://evil.example", "host": "venue.example"}

    answer = await stand.send("POST", "/v1/logout", headers=headers)

    assert answer.status == 401 and (await alice.get("/v1/login_status")).data == {"isLogin": True}


async def test_guesses_at_once_are_counted_one_by_one(stand: Stand) -> None:
    """Twenty at the same instant: three are looked at, the others meet the captcha."""
    await stand.sign_up("test123")
    form = {"loginName": "test123", "password": "wrong"}

    answers = await asyncio.gather(*(stand.public.post("/v1/login", form) for _ in range(20)))

    assert sorted(answer.code for answer in answers) == [10006] * 3 + [10083] * 17


async def test_one_code_opens_once_however_often_it_is_sent_at_once(stand: Stand, alice: Client) -> None:
    """Ten new passwords with the same code: one is set."""
    await stand.public.post("/v1/apply_verification_code", {"loginName": "alice"})
    code = stand.code("alice@example.com")
    forms = [
        {"username": "alice", "codeEmail": code, "newPassword": sha256(f"password {number}")} for number in range(10)
    ]

    answers = await asyncio.gather(*(stand.public.post("/v1/user/forget_password", form) for form in forms))

    assert sorted(answer.code for answer in answers) == [1] + [10029] * 2 + [10083] * 7


async def test_one_name_and_address_are_given_once_however_many_ask_at_once(stand: Stand) -> None:
    """Of five sign-ups with one name, or one address, one succeeds."""

    async def ask(number: int, **changes: str) -> int:
        form = {"username": f"n{number}xx", "email": f"n{number}@example.com", "password": sha256("x")}
        return int((await stand.public.post("/v1/register", {**form, **captchas[number], **changes})).code)

    captchas = [await stand.captcha() for _ in range(5)]
    names = await asyncio.gather(*(ask(number, username="same") for number in range(5)))
    stand.clock.advance(60 * SECOND)
    captchas = [await stand.captcha() for _ in range(5)]
    mails = await asyncio.gather(*(ask(number, email="same@example.com") for number in range(5)))

    assert sorted(names) == [1] + [10086] * 4
    assert sorted(mails) == [1] + [10013] * 4


async def test_sessions_opened_at_once_all_hold(stand: Stand) -> None:
    """None is lost to another, and they survive a restart together."""
    await stand.sign_up("test123")
    clients = await asyncio.gather(*(stand.sign_in("test123") for _ in range(5)))

    assert [(await client.get("/v1/login_status")).data for client in clients] == [{"isLogin": True}] * 5
    customer = stand.venue.customers.by_username("test123")
    assert customer is not None
    assert len(recover(stand.store).folds.of(SessionsFold).of_account[customer.account]) == 5
