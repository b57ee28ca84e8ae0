"""What a browser is told about our answers, and whose cookies count."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests.unit.server.fake import FakeDialect, Running, endpoint, running

from bedesten.dialects.contract import Request
from bedesten.server.settings import ServerSettings

pytestmark = pytest.mark.usefixtures("either_way")

PATHS = ("/", "/docs", "/healthz", "/openapi/fake.json", "/fake/time", "/fake/nothing", "/fake/echo", "/favicon.ico")


@pytest.mark.parametrize("path", PATHS)
async def test_every_answer_says_what_a_browser_may_make_of_it(venue: Running, path: str) -> None:
    """Pages and data, found or refused: no guessing of types, no frames, no address told to others, no plain HTTP promise."""
    _, headers, _ = await venue.ask("GET", path)

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_pages_run_only_the_script_they_came_with(venue: Running, path: str) -> None:
    """By its hash; nothing inline besides, nothing from elsewhere, and no frame around it."""
    _, headers, body = await venue.ask("GET", path)
    policy = headers["content-security-policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert (
        " style=" not in body.decode().partition("<body")[2].partition("<script")[0]
    )  # a policy of hashes drops these


@pytest.mark.parametrize(
    "path", ["/healthz", "/readyz", "/openapi/fake.json", "/fake/time", "/fake/nothing", "/nothing"]
)
async def test_data_shown_by_a_browser_may_load_nothing(venue: Running, path: str) -> None:
    """An answer is no page."""
    _, headers, _ = await venue.ask("GET", path)

    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_a_venue_behind_tls_tells_browsers_to_stay_there() -> None:
    """Only when the operator says that it is."""
    async with running(settings=ServerSettings(is_behind_tls=True)) as venue:
        _, headers, _ = await venue.ask("GET", "/fake/time")

    assert headers["strict-transport-security"] == "max-age=31536000"


async def test_every_answer_carries_its_requests_id(venue: Running) -> None:
    """No two have the same."""
    ids = [
        (await venue.ask("GET", path))[1].get("x-request-id")
        for path in ("/fake/time", "/fake/time", "/fake/crash", "/healthz", "/docs", "/", "/nowhere", "/fake/nowhere")
    ]

    assert all(ids)
    assert len(set(ids)) == len(ids)


async def show_cookie(venue: Any, request: Request, params: None) -> list[str | None]:
    return [request.header(b"cookie"), request.header(b"x-other")]


COOKIES = FakeDialect(endpoints=(endpoint("POST", "/fake/cookie", show_cookie),), sockets=())


@pytest.mark.parametrize(
    ("headers", "is_heard"),
    [
        ({}, True),  # a program
        ({"sec-fetch-site": "same-origin", "origin": "https://x"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"origin": "http://x"}, True),
        ({"origin": "https://friend.example", "sec-fetch-site": "cross-site"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "https://x.evil.example", "sec-fetch-site": "cross-site"}, False),
        ({"origin": "https://x", "sec-fetch-site": "cross-site"}, False),
    ],
)
async def test_cookies_count_only_from_our_own_pages(headers: dict[str, str], is_heard: bool) -> None:
    """A page of another site cannot act with its reader's session; the request goes on as if it had none."""
    settings = ServerSettings(cors_origins=("https://friend.example",))
    async with running(settings=settings, dialect=COOKIES) as venue:
        _, _, body = await venue.ask("POST", "/fake/cookie", headers={**headers, "cookie": "token=1", "x-other": "2"})

    assert msgspec.json.decode(body) == ["token=1" if is_heard else None, "2"]


async def test_pages_of_other_sites_read_nothing_unless_they_are_named(venue: Running) -> None:
    """No cross-origin header without a setting; with one, for the named origin alone."""
    assert (
        "access-control-allow-origin" not in (await venue.ask("GET", "/fake/time", headers={"origin": "https://a"}))[1]
    )

    async with running(settings=ServerSettings(cors_origins=("https://a",))) as open_venue:
        named = (await open_venue.ask("GET", "/fake/time", headers={"origin": "https://a"}))[1]
        other = (await open_venue.ask("GET", "/fake/time", headers={"origin": "https://b"}))[1]

    assert named["access-control-allow-origin"] == "https://a"
    assert "access-control-allow-credentials" not in named
    assert "access-control-allow-origin" not in other


async def test_liveness_and_readiness_are_two_questions(venue: Running) -> None:
    """Whoever answers is alive; whether it can do its work stands elsewhere, check by check."""
    assert (await venue.ask("GET", "/healthz"))[2] == b'{"status":"ok"}'
    assert msgspec.json.decode((await venue.ask("GET", "/readyz"))[2])["status"] == "ok"
