"""Answers are held to their rows: a server in a test that answers otherwise makes the test fail."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from tests import answers
from tests.unit.server.fake import FakeDialect, FakeSession, endpoint, running

from bedesten.dialects.bodies import ANY_STATUS, NO_BODY, Body, Media, OneOf
from bedesten.dialects.contract import SocketRoute, Topic


class Time(msgspec.Struct):
    epoch: int


class Error(msgspec.Struct):
    code: str
    msg: str


PAGE = Media("text/html", "a page")


@pytest.mark.parametrize(
    ("body", "media", "content", "is_right"),
    [
        (Time, "application/json", b'{"epoch":1}', True),
        (Time, "application/json", b"{}", False),
        (Time, "application/json", b'{"epoch":1,"zone":"UTC"}', False),
        (Time, "application/json", b'{"epoch":"1"}', False),
        (Time, "application/json", b"", False),
        (Time, "text/plain", b'{"epoch":1}', False),
        (list[Time], "application/json", b'[{"epoch":1},{"epoch":2,"zone":"UTC"}]', False),
        (OneOf(Time, Error), "application/json", b'{"code":"A","msg":"B"}', True),
        (OneOf(Time, NO_BODY), "", b"", True),
        (NO_BODY, "application/json", b'{"epoch":1}', False),
        (PAGE, "text/html", b"<p>", True),
        (PAGE, "application/json", b'"<p>"', False),
    ],
)
def test_an_answer_is_what_its_row_says(body: Body, media: str, content: bytes, is_right: bool) -> None:
    """Neither more nor less, nor of another type."""
    assert (answers.difference(body, media, content) is None) == is_right


async def show_time(venue: Any, request: Any, params: None) -> dict[str, Any]:
    return {"epoch": 1, "zone": "UTC"}


async def test_what_a_server_answers_otherwise_is_found() -> None:
    """Answers, refusals of rows and of unknown paths, and messages of sockets; what is right is not."""
    rows = (
        endpoint("GET", "/fake/time", show_time, response=Time),
        endpoint("GET", "/fake/right", show_time, response=dict[str, int | str]),
    )
    tick = Topic(name="ticks", update=Time)
    socket = SocketRoute(path="/fake/ws", open=FakeSession, topics=(tick,))
    dialect = FakeDialect(endpoints=rows, sockets=(socket,), error_bodies={404: Error, ANY_STATUS: Time})

    async with running(dialect=dialect) as venue:
        for path in ("/fake/time", "/fake/right", "/fake/none"):
            await venue.ask("GET", path)
        await venue.ask("DELETE", "/fake/time")

    answers.check_message(socket, b'{"epoch":1}')
    answers.check_message(socket, '{"epoch":"1"}')

    assert [each.partition(":")[0] for each in answers.take_found()] == [
        "GET /fake/time 200", "DELETE /fake/time 405", "/fake/ws",
    ]  # fmt: skip
