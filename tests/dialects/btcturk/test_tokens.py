"""Bearer tokens: every grant, what they open, when they end, and how each refusal reads."""

from __future__ import annotations

import base64
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest

from bedesten.dialects.btcturk import tokens
from bedesten.services.store_types import Permission
from bedesten.simulation.demo import PASSWORD, PASSWORD_HASH
from tests.dialects.btcturk.stand import SECOND, Answer, Client, Stand

TOKEN = "/connect/token"
REFRESH = "/api/v2/token/refresh"
FORM = {"content-type": "application/x-www-form-urlencoded"}
V2_READING = ["users/balances", "account/balances", "users/transactions/trade", "account/transactions/crypto",
              "users/transactions/fiat", "openOrders", "allOrders"]  # fmt: skip


async def grant(client: Client, headers: dict[str, str] | None = None, **form: str) -> Answer:
    body = urlencode(form).encode()
    return await Client(client.stand).call("POST", TOKEN, raw=body, headers={**FORM, **(headers or {})})


async def holder(client: Client) -> Client:
    """Return the same customer with a token in place of a signature."""
    answer = await grant(client, grant_type="client_credentials", client_id=client.key, client_secret=client.secret)
    assert answer.status == 200, answer.body
    return Client(client.stand, token=answer.json["access_token"])


async def test_credentials_get_a_bearer_token(alice: Client) -> None:
    """In the words of RFC 6749, for 45 minutes, not to be cached."""
    answer = await grant(alice, grant_type="client_credentials", client_id=alice.key, client_secret=alice.secret)

    assert answer.status == 200
    assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 2700)
    assert answer.headers["cache-control"] == "no-store"
    claims = jwt.decode(answer.json["access_token"], options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 2700


async def test_credentials_may_stand_in_basic_authentication_or_json(alice: Client) -> None:
    """As OAuth2 libraries send them."""
    basic = base64.b64encode(f"{alice.key}:{alice.secret}".encode()).decode()

    by_header = await grant(alice, {"authorization": f"Basic {basic}"}, grant_type="client_credentials")
    by_json = await Client(alice.stand).post(
        TOKEN, {"grant_type": "client_credentials", "client_id": alice.key, "client_secret": alice.secret}
    )

    assert (by_header.status, by_json.status) == (200, 200)


@pytest.mark.parametrize("given", ["é", "====", base64.b64encode(b"\xff:x").decode()])
async def test_basic_authentication_that_cannot_be_read_is_refused(alice: Client, given: str) -> None:
    """Beyond ASCII, no base64, no UTF-8: in OAuth2's words."""
    answer = await grant(alice, {"authorization": f"Basic {given}"}, grant_type="client_credentials")

    assert (answer.status, answer.json["error"]) == (401, "invalid_client")


async def test_the_csharp_clients_grants_work(alice: Client) -> None:
    """Password with client "api", then the refresh token that came with it."""
    first = await grant(alice, grant_type="password", client_id="api", username=alice.key, password=alice.secret)
    second = await grant(alice, grant_type="refresh_token", client_id="api", refresh_token=first.json["refresh_token"])

    there = Client(alice.stand, token=second.json["access_token"])
    assert (await there.get("/api/v2/users/balances")).status == 200


@pytest.mark.parametrize("path", V2_READING)
async def test_a_token_opens_the_mirrored_routes(alice: Client, path: str) -> None:
    """With the same answers as the signed ones."""
    there = await holder(alice)
    signed = path.replace("account/", "users/")

    assert (await there.get(f"/api/v2/{path}")).body == (await alice.get(f"/api/v1/{signed}")).body


async def test_a_token_trades(alice: Client) -> None:
    """Placing, showing, and both ways of canceling."""
    there = await holder(alice)
    form = {"quantity": "0.01", "price": "50000", "orderMethod": "limit", "orderType": "buy", "pairSymbol": "BTCTRY"}
    first, second = [(await there.post("/api/v2/order", form)).data["id"] for _ in range(2)]

    assert (await there.get(f"/api/v2/order/{first}")).data["id"] == first
    assert (await there.call("DELETE", "/api/v2/order", query={"id": first})).status == 200
    assert (await there.call("DELETE", f"/api/v2/order/{second}")).status == 200
    refused = await there.post("/api/v2/order", {**form, "quantity": "0.000000001"})
    assert refused.json == {
        "httpStatusCode": 400, "data": None, "success": False, "message": "FAILED_INVALID_QUANTITY_SCALE", "code": 1127,
    }  # fmt: skip


async def test_v1_takes_signatures_and_v2_takes_tokens(alice: Client) -> None:
    """One in the place of the other is no authentication."""
    there = await holder(alice)
    refused = (401, "Unauthorized - Headers are missing", 1038)

    assert (await there.get("/api/v1/users/balances")).refusal == refused
    assert (await alice.get("/api/v2/users/balances")).refusal == refused


async def test_a_token_ends_after_45_minutes_by_the_venues_clock(alice: Client) -> None:
    """And with its API key."""
    there = await holder(alice)
    alice.stand.clock.advance((tokens.LIFETIME_S - 1) * SECOND)
    assert (await there.get("/api/v2/openOrders")).status == 200

    alice.stand.clock.advance(SECOND)

    assert (await there.get("/api/v2/openOrders")).refusal == (401, "Unauthorized - Invalid Request", 1038)
    fresh = await holder(alice)
    await alice.stand.venue.keys.revoke(alice.key)
    assert (await fresh.get("/api/v2/openOrders")).status == 401


async def test_a_token_has_the_permissions_of_its_key(stand: Stand) -> None:
    """401 for what the key may not do."""
    there = await holder(await stand.customer("reader", [Permission.READ]))

    assert (await there.get("/api/v2/users/balances")).status == 200
    assert (await there.get("/api/v2/openOrders")).status == 401


async def test_a_token_is_replaced_while_it_holds(alice: Client) -> None:
    """POST token/refresh with the token itself."""
    there = await holder(alice)
    alice.stand.clock.advance(40 * 60 * SECOND)

    data = (await Client(alice.stand).post(REFRESH, {"token": there.token})).data

    assert data["token"] == data["access_token"] != there.token
    alice.stand.clock.advance(40 * 60 * SECOND)
    assert (await Client(alice.stand, token=data["token"]).get("/api/v2/openOrders")).status == 200
    assert (await Client(alice.stand).post(REFRESH, {"token": there.token})).status == 401


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 400, "invalid_request"),
        ({"grant_type": "client_credentials", "client_id": "nobody", "client_secret": "x"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "ALICE", "client_secret": "ü"}, 401, "invalid_client"),
        ({"grant_type": "password", "username": "nobody", "password": "x"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "x.y.z"}, 400, "invalid_grant"),
    ],
)
async def test_a_refused_grant_is_told_as_oauth_has_it(
    alice: Client, form: dict[str, str], status: int, error: str
) -> None:
    """An error's name and a description."""
    named = {name: alice.key if value == "ALICE" else value for name, value in form.items()}

    answer = await grant(alice, x="y", **named)

    assert (answer.status, answer.json["error"], sorted(answer.json)) == (status, error, ["error", "error_description"])


async def test_a_forged_token_opens_nothing(alice: Client) -> None:
    """Unsigned, signed with another key, of another use, without its claims, or no token at all."""
    there = await holder(alice)
    claims: dict[str, Any] = jwt.decode(there.token, options={"verify_signature": False})
    headers = {"kid": alice.key}
    refresh = (await grant(alice, grant_type="password", username=alice.key, password=alice.secret)).json[
        "refresh_token"
    ]
    forged = [
        jwt.encode(claims, None, algorithm="none", headers=headers),
        jwt.encode(claims, "another secret of thirty-two bytes", algorithm="HS256", headers=headers),
        jwt.encode(claims, base64.b64decode(alice.secret), algorithm="HS256", headers=headers),
        jwt.encode(claims, base64.b64decode(alice.secret), algorithm="HS256"),
        refresh, there.token[:-4], there.token + "x", "x", "x.y.z", "." * 5000, "",
    ]  # fmt: skip

    statuses = {(await Client(alice.stand, token=token or " ").get("/api/v2/openOrders")).status for token in forged}

    assert statuses == {401}


async def test_discovery_says_where_tokens_are_had(stand: Stand) -> None:
    """For clients that read the OpenID document first."""
    answer = await stand.public.call("GET", "/.well-known/openid-configuration", headers={"host": "127.0.0.1:8080"})

    assert answer.json["token_endpoint"] == "http://127.0.0.1:8080/connect/token"
    assert answer.json["issuer"] == "http://127.0.0.1:8080"


@pytest.mark.parametrize("proto", ["https", "javascript:alert(1)//", "https, http"])
async def test_discovery_believes_nobody_about_the_scheme_or_a_host_that_is_none(stand: Stand, proto: str) -> None:
    """A client would send its secret to where the document says."""
    headers = {"host": "evil.example/x?", "x-forwarded-proto": proto, "x-forwarded-host": "evil.example"}
    answer = await stand.public.call("GET", "/.well-known/openid-configuration", headers=headers)

    assert answer.json["token_endpoint"] == "http://localhost/connect/token"


@pytest.mark.parametrize("raw", [b"", b"grant_type", b"[", b"[]", b"\xff", b'{"grant_type":""}'])
async def test_a_request_for_a_token_that_cannot_be_read_is_refused_in_oauths_words(alice: Client, raw: bytes) -> None:
    """400 and invalid_request, whatever is wrong with it; never the envelope."""
    for kind in ("application/json", FORM["content-type"]):
        answer = await Client(alice.stand).call("POST", TOKEN, raw=raw, headers={"content-type": kind})

        assert (answer.status, answer.json["error"]) == (400, "invalid_request")
        assert answer.json["error_description"]


async def test_tokens_do_not_outlast_what_was_granted_for_the_secret(alice: Client) -> None:
    """Thirty days from when key and secret were shown, by whichever token the next ones are got."""
    first = (await grant(alice, grant_type="client_credentials", client_id=alice.key, client_secret=alice.secret)).json
    end_s = alice.stand.clock.now_ns() // SECOND + tokens.REFRESH_LIFETIME_S
    nobody = Client(alice.stand)
    alice.stand.clock.advance(44 * 60 * SECOND)

    by_access = (await nobody.post(REFRESH, {"token": first["access_token"]})).data
    by_refresh = (await grant(alice, grant_type="refresh_token", refresh_token=first["refresh_token"])).json
    again = (await nobody.post(REFRESH, {"token": by_access["refresh_token"]})).data

    for each in (by_access, by_refresh, again):
        claims = jwt.decode(each["refresh_token"], options={"verify_signature": False})
        assert claims["exp"] == end_s
    alice.stand.clock.advance((tokens.REFRESH_LIFETIME_S - 45 * 60) * SECOND)
    last = (await nobody.post(REFRESH, {"token": again["refresh_token"]})).data
    assert last["expires_in"] == 60
    alice.stand.clock.advance(60 * SECOND)
    assert (await nobody.post(REFRESH, {"token": last["refresh_token"]})).status == 401
    assert (await nobody.post(REFRESH, {"token": last["access_token"]})).status == 401


async def test_tokens_do_not_outlast_their_key(stand: Stand) -> None:
    """One that expires in ten minutes gets tokens of ten minutes."""
    who = await stand.customer("short")
    account = stand.venue.accounts.by_name("short")
    assert account is not None
    made = await stand.venue.keys.create(account.id, set(Permission), expires_ns=stand.clock.now_ns() + 600 * SECOND)
    told = (await grant(who, grant_type="client_credentials", client_id=made.key, client_secret=made.secret)).json
    claims = [jwt.decode(told[kind], options={"verify_signature": False}) for kind in ("access_token", "refresh_token")]

    assert told["expires_in"] == 600
    assert {each["exp"] for each in claims} == {made.expires_ns // SECOND}


async def introduced(client: Client, name: str) -> int:
    """Make the client's account a customer's with an e-mail address and the demo's password."""
    account = client.stand.venue.accounts.by_name(name)
    assert account is not None
    await client.stand.venue.customers.introduce(account.id, f"{name}@bedesten.example", PASSWORD_HASH, level=2)
    return account.id


async def test_a_customers_own_name_and_password_are_granted_tokens(stand: Stand, alice: Client) -> None:
    """As the official client's settings have them; the token has the rights of the newest key that may be used from there."""
    account = await introduced(alice, "alice")
    here = {"grant_type": "password", "client_id": "api", "username": "alice@bedesten.example", "password": PASSWORD}
    await stand.venue.keys.create(account, [Permission.READ], ip_allow_list=("198.51.100.7",))

    first = await grant(alice, **here)

    there = Client(stand, token=first.json["access_token"])
    assert (await there.get("/api/v2/users/balances")).data == (await alice.get("/api/v1/users/balances")).data
    again = await grant(alice, grant_type="refresh_token", refresh_token=first.json["refresh_token"])
    assert again.status == 200
    newest = await stand.venue.keys.create(account, [Permission.READ])
    reader = Client(stand, token=(await grant(alice, **here)).json["access_token"])
    assert (await reader.get("/api/v2/users/balances")).status == 200
    assert (await reader.get("/api/v2/openOrders")).status == 401
    await stand.venue.keys.revoke(newest.key)
    assert (await reader.get("/api/v2/users/balances")).status == 401


async def test_a_wrong_password_counts_as_at_any_door(stand: Stand, alice: Client) -> None:
    """Unknown and known names are told the same; after three failures the right password needs the page with the captcha."""
    await introduced(alice, "alice")
    wrong = {"grant_type": "password", "username": "alice@bedesten.example", "password": "wrong"}
    told = [await grant(alice, **wrong) for _ in range(3)]
    unknown = await grant(alice, **{**wrong, "username": "nobody@bedesten.example"})

    assert {(answer.status, answer.body) for answer in (*told, unknown)} == {
        (400, b'{"error":"invalid_grant","error_description":"wrong name or password"}')
    }
    assert (await grant(alice, **{**wrong, "password": PASSWORD})).status == 400


async def test_a_customer_without_a_key_is_granted_nothing(stand: Stand, alice: Client) -> None:
    """A token stands for a key; without one it would stand for nothing."""
    await introduced(alice, "alice")
    await stand.venue.keys.revoke(alice.key)
    here = {"grant_type": "password", "username": "alice@bedesten.example", "password": PASSWORD}

    answer = await grant(alice, **here)

    assert (answer.status, answer.json["error"]) == (400, "invalid_grant")
    assert "no API key" in answer.json["error_description"]
