"""Log lines: their form, whose request they belong to, and that they hold no secret and hold up nobody."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from tests.unit.server.fake import running, signed

from bedesten.server import logs
from bedesten.server.logs import logging_to, request_id
from bedesten.server.settings import ServerSettings

_log = logging.getLogger("bedesten.test")


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    """Return JSON lines."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_in_json_says_when_how_bad_who_and_what() -> None:
    """One object a line, with the traceback inside."""
    stream = io.StringIO()
    with logging_to(stream, level="info", form="json"):
        _log.info("commands: %d", 5)
        try:
            raise KeyError("lost")
        except KeyError:
            _log.exception("it failed")

    plain, failed = told(stream)
    assert (plain["level"], plain["logger"], plain["message"]) == ("info", "bedesten.test", "commands: 5")
    assert plain["time"].endswith("+00:00")
    assert "KeyError: 'lost'" in failed["exception"]


def test_a_line_of_text_is_one_line_whatever_a_stranger_sent() -> None:
    """A line break in what is told starts no line of its own; a long one is cut."""
    stream = io.StringIO()
    with logging_to(stream, level="warning", form="text"):
        _log.warning("path %s", "/a\n2027-01-01 critical bedesten: all is lost")
        _log.warning("path %s", "x" * 100_000)
        _log.info("not told at this level")

    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) < 5_000


def test_libraries_below_a_warning_are_not_heard() -> None:
    """What they tell then is bytes and frames, with what is in them."""
    stream = io.StringIO()
    with logging_to(stream, level="debug", form="text"):
        logging.getLogger("websockets.server").debug("< TEXT secret")
        _log.debug("heard")

    assert "secret" not in stream.getvalue()
    assert "heard" in stream.getvalue()


def test_a_reader_that_lags_costs_lines_and_no_time(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """The queue is bounded; how many were dropped is said at the end."""
    monkeypatch.setattr(logs, "LINES_WAITING_MAX", 2)
    monkeypatch.setattr(logs._Listener, "start", lambda self: None)
    monkeypatch.setattr(logs.logging.handlers.QueueListener, "stop", lambda self: None)
    with logging_to(io.StringIO(), level="info", form="text"):
        for _ in range(5):
            _log.info("line")

    assert "3 log lines were dropped" in capsys.readouterr().err


def test_logging_is_left_as_it_was_found() -> None:
    """Levels and handlers."""
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    with logging_to(io.StringIO(), level="debug", form="text"):
        pass

    assert (root.level, list(root.handlers)) == before


@pytest.mark.usefixtures("either_way")
async def test_every_line_of_a_request_carries_its_id() -> None:
    """The one that the client was told."""
    stream = io.StringIO()
    with logging_to(stream, level="warning", form="json"):
        async with running(settings=ServerSettings(has_access_log=True)) as venue:
            _, headers, _ = await venue.ask("GET", "/fake/crash")
            _, other, _ = await venue.ask("GET", "/fake/time")

    lines = told(stream)
    assert [line["request_id"] for line in lines] == [headers["x-request-id"]] * 2 + [other["x-request-id"]]
    assert [line["logger"] for line in lines] == ["bedesten.server.app", "bedesten.access", "bedesten.access"]
    assert request_id.get() == ""


async def test_the_access_log_has_a_line_for_every_request() -> None:
    """Pages, paths and methods that nobody has, and bodies that are refused unread, too."""
    stream = io.StringIO()
    with logging_to(stream, level="warning", form="json"):
        async with running(settings=ServerSettings(has_access_log=True, body_bytes_max=9)) as venue:
            for method, path in (
                ("GET", "/healthz"),
                ("GET", "/nowhere"),
                ("GET", "/fake/no%0Awhere"),
                ("POST", "/fake/time"),
            ):
                await venue.ask(method, path)
            await venue.ask("POST", "/fake/order", b"0123456789")

    statuses = [line["message"].split()[-3] for line in told(stream)]
    assert statuses == ["200", "404", "404", "405", "413"]
    assert all(line["request_id"] for line in told(stream))


@pytest.mark.usefixtures("either_way")
async def test_no_secret_is_ever_logged() -> None:
    """Keys, signatures, bodies, queries and cookies, at the most talkative level, whether the request works or not."""
    stream = io.StringIO()
    body = b'{"symbol":"BODY-SECRET","side":"BUY","size":0.001}'
    headers = {**signed("trader", "/fake/order", body), "cookie": "token=COOKIE-SECRET"}
    with logging_to(stream, level="debug", form="json"):
        async with running(settings=ServerSettings(has_access_log=True)) as venue:
            await venue.ask("POST", "/fake/order", body, headers)
            await venue.ask("POST", "/fake/order", body, {**headers, "request-sign": "SIGNATURE-SECRET"})
            await venue.ask("GET", "/fake/crash?password=QUERY-SECRET", headers=headers)

    written = stream.getvalue()
    assert len(told(stream)) == 4
    assert "SECRET" not in written
    assert headers["request-sign"] not in written
    assert "s3cret" not in written
