"""Every private endpoint of every dialect, against everything that can be wrong with who asks.

The rows come from the contract tables: an endpoint that is added is tested by itself, and a dialect that is added fails here
until its refusals are written down.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import pytest
import pytest_asyncio

from bedesten.bootstrap import make_dialects
from bedesten.config import demo_venue_file
from tests.security.stand import Case, Cast, Stand, asked, make_cast, standing

on_the_module_s_loop = pytest.mark.asyncio(loop_scope="module")

Refusal = tuple[int, Mapping[str, Any]]  # the status, and members of the body

_BTSE: Final = {"code": 10002, "success": False}  # data is null or [], by the family: its own tests say which
_BTSE_401: Final[Refusal] = (401, {**_BTSE, "msg": "UNAUTHORIZED: Authentication Failed"})


def _btcturk(why: str) -> Refusal:
    return 401, {"success": False, "code": 1038, "message": f"Unauthorized - {why}"}


#: What each venue answers. BTSE API, Error codes and Authentication; BtcTurk API documents, F.A.Q. and Error Handling;
#: BITGIN API, Authentication.
REFUSALS: Final[Mapping[str, Mapping[Case, Refusal]]] = {
    "btse": {
        **dict.fromkeys(Case, _BTSE_401),
        Case.NO_KEY: (401, {**_BTSE, "msg": "api parameter is mandatory"}),
        Case.STALE: (401, {**_BTSE, "msg": "Invalid nonce"}),
        Case.FUTURE: (401, {**_BTSE, "msg": "Invalid nonce"}),
        Case.LACKS_PERMISSION: (403, {**_BTSE, "msg": "FORBIDDEN: Insufficient permission"}),
    },
    "btcturk": {
        **dict.fromkeys(Case, _btcturk("Invalid Request")),
        Case.NO_KEY: _btcturk("Headers are missing"),
        Case.UNKNOWN_KEY: _btcturk("Invalid Public key"),
        Case.REVOKED_KEY: _btcturk("Invalid Public key"),
        Case.WRONG_SECRET: _btcturk("Invalid Signature"),
        Case.STALE: _btcturk("Invalid Nonce"),
        Case.FUTURE: _btcturk("Invalid Nonce"),
    },
    # no `success`: the KYC endpoints say true under their refusals
    "bitgin": {
        **dict.fromkeys(Case, (401, {"code": 10002, "data": None})),
        Case.LACKS_PERMISSION: (403, {"code": -19, "data": None, "success": False}),
    },
    "native": {
        **dict.fromkeys(Case, (401, {"reason": "unauthenticated", "status": 401})),
        Case.STALE: (401, {"reason": "stale_timestamp", "facts": {"window_ms": 30_000}}),
        Case.FUTURE: (401, {"reason": "stale_timestamp", "facts": {"window_ms": 30_000}}),
        Case.LACKS_PERMISSION: (403, {"reason": "forbidden", "status": 403}),
    },
}  # fmt: skip
#: Where a bearer token is shown in place of a signature.
BEARER_REFUSALS: Final[Mapping[str, Mapping[Case, Refusal]]] = {
    "btcturk": {
        **dict.fromkeys(Case, _btcturk("Invalid Request")),
        Case.NO_KEY: _btcturk("Headers are missing"),
        Case.UNKNOWN_KEY: _btcturk("Invalid Public key"),
        Case.REVOKED_KEY: _btcturk("Invalid Public key"),
    },
}

ROWS: Final = [
    (dialect.name, f"{endpoint.method} {endpoint.path}")
    for dialect in make_dialects(demo_venue_file())
    for endpoint in dialect.endpoints
    if endpoint.permission is not None
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stand() -> AsyncIterator[Stand]:
    """A venue for the whole module: nothing here may change it."""
    async with standing() as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cast(stand: Stand) -> Cast:
    """Its keys."""
    return await make_cast(stand)


def test_every_dialect_has_its_refusals_written_down() -> None:
    """For every case, signed and by token."""
    for dialect in make_dialects(demo_venue_file()):
        if any(endpoint.permission is not None for endpoint in dialect.endpoints):
            assert set(REFUSALS[dialect.name]) == set(Case), dialect.name
        if any(endpoint.bearer for endpoint in dialect.endpoints):
            assert set(BEARER_REFUSALS[dialect.name]) == set(Case), dialect.name


@pytest.mark.parametrize("name", [name for name, _ in ROWS], ids=[f"{name} {row}" for name, row in ROWS])
def test_every_private_row_is_known(name: str) -> None:
    """It belongs to a dialect whose refusals are written down."""
    assert name in REFUSALS


@on_the_module_s_loop
@pytest.mark.parametrize("case", Case, ids=[case.value for case in Case])
@pytest.mark.parametrize("name", sorted({name for name, _ in ROWS}))
async def test_whoever_may_not_ask_is_refused_everywhere_and_changes_nothing(
    stand: Stand, cast: Cast, name: str, case: Case
) -> None:
    """The venue's documented refusal from every endpoint; the core and every row of the store stay as they were."""
    before = stand.everything()
    wrong = []
    for dialect, endpoint in stand.rows():
        if dialect.name != name:
            continue
        sent, address = await stand.wrong(case, dialect, endpoint, cast)
        answer = await stand.send(sent, address)
        status, members = (BEARER_REFUSALS if endpoint.bearer else REFUSALS)[name][case]
        told = answer.json if isinstance(answer.json, dict) else {}
        if answer.status != status or {key: told.get(key) for key in members} != members:
            wrong.append(f"{endpoint.method} {endpoint.path}: {answer.status} {answer.body[:200]!r}")

    assert wrong == []
    assert stand.everything() == before


@on_the_module_s_loop
@pytest.mark.parametrize("header", ["token", "cookie"])
@pytest.mark.parametrize("token", ["0", "x" * 82, "x" * 100_000 + "=", "null", "../..", "session:0"])
async def test_a_session_that_nobody_has_is_nobody_s(stand: Stand, header: str, token: str) -> None:
    """BITGIN's tokens, in a header or a cookie: the refusal of no key, from every endpoint but the one that tells nothing."""
    before = stand.everything()
    for dialect, endpoint in stand.rows():
        if dialect.name == "bitgin":
            sent = asked(endpoint)
            sent.headers[header] = token if header == "token" else f"token={token}"
            answer = await stand.send(sent)
            told = (answer.status, answer.json["code"], answer.json["data"])
            assert told in ((401, 10002, None), (200, 1, None)), (endpoint.path, answer.body)
            assert answer.status == 401 or endpoint.path.endswith("/v1/user")

    assert stand.everything() == before


@on_the_module_s_loop
@pytest.mark.parametrize("name", sorted({name for name, _ in ROWS}))
async def test_the_same_requests_are_believed_when_nothing_is_wrong(stand: Stand, cast: Cast, name: str) -> None:
    """So that the refusals above are refusals of who asks; from a listed address, with a key that has an allow-list."""
    refused = []
    for dialect, endpoint in stand.rows():
        if dialect.name == name and not endpoint.signed_in:  # no key does there, whatever it permits
            stand.clock.advance(60_000_000_000)  # the limits' windows
            answer = await stand.call(dialect, endpoint, cast.listed)
            if answer.status in (401, 403, 429) or answer.status >= 500:
                refused.append(f"{endpoint.method} {endpoint.path}: {answer.status} {answer.body[:200]!r}")

    assert refused == []
