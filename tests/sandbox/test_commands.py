"""`bedesten sandbox`: the same from a shell."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from click.testing import CliRunner

from bedesten import bootstrap
from bedesten.cli.commands import cli
from bedesten.config import Settings
from bedesten.testing.venue import TestVenue
from tests.sandbox.bot import Bot


def test_a_shell_drives_a_sandbox(venue: TestVenue) -> None:
    """Each command is one request; its answer is a line of JSON, a refusal a sentence and exit code 1."""

    def said(*words: str, url: str = venue.url, code: int = 0) -> Any:
        result = CliRunner().invoke(cli, ["sandbox", "--url", url, *words])
        assert result.exit_code == code, result.output
        return json.loads(result.output) if code == 0 else result.output

    opened = said("account", "bot1", "USD=1000")
    bot = Bot(venue.url, opened["api_key"], opened["api_secret"])
    bot.place("c-1", price="20000", size="0.01")
    assert said("fill", "c-1", "--account", "bot1", "--quantity", "0.004") == {"lots": 400}
    assert said("advance", "5s")["status"] == "settled"
    assert said("refuse", "c-2", "suspended", "--account", "bot1") == {"number": 0}
    assert said("status")["armed"] == ["c-2"]
    assert bot.place("c-2", price="20000", size="0.001")[0] == 400
    said("halt", "BTC-USD")
    assert bot.place("c-3", price="20000", size="0.001")[0] == 400
    said("resume", "BTC-USD")
    assert said("until", "c-1", "--account", "bot1", "--within", "2s")["found"] is False
    bot.ask("DELETE", "/spot/api/v3.3/order?symbol=BTC-USD&clOrderID=c-1")
    assert said("until", "c-1", "--account", "bot1")["ended"] == "canceled"
    assert "no order" in said("until", "never", code=1)
    assert {"begin", "request", "answer", "clock", "control"} <= {line["k"] for line in said("transcript")}
    assert said("fault", '{"on":"request","where":{"path":"*/time"},"do":{"refuse":"rate_limited"}}') == {"number": 1}
    assert bot.ask("GET", "/spot/api/v3.3/time")[0] == 429
    assert "no open order" in said("fill", "never", code=1)
    assert "no sandbox answers" in said("status", url="http://127.0.0.1:9", code=1)
    assert "not JSON" in said("fault", "{", code=2)


def test_where_a_sandbox_answers_is_said_before_or_behind_the_command(venue: TestVenue) -> None:
    """As an operator types it; what stands behind wins."""
    elsewhere = ["--url", "http://127.0.0.1:9"]
    for words in (
        ["--url", venue.url, "status"], ["status", "--url", venue.url], [*elsewhere, "status", "--url", venue.url],
        ["advance", "5ms", "--url", venue.url], ["advance", "--url", venue.url, "5ms"],
    ):  # fmt: skip
        result = CliRunner().invoke(cli, ["sandbox", *words])
        assert result.exit_code == 0 and json.loads(result.output)["now_ns"], words
    for words in ([*elsewhere, "status"], ["status", *elsewhere]):
        assert "no sandbox answers at http://127.0.0.1:9" in CliRunner().invoke(cli, ["sandbox", *words]).output


def test_a_venue_that_is_no_sandbox_is_said_to_be_none() -> None:
    """Whoever forgot --sandbox is told of it, and not that a path is unknown."""

    async def asked() -> str:
        async with bootstrap.serve(Settings(port=0, data=":memory:"), lambda said: None) as running:
            command = ["sandbox", "--url", running.server.url, "status"]
            result = await asyncio.to_thread(CliRunner().invoke, cli, command)
            assert result.exit_code == 1
            return result.output

    assert "is no sandbox: serve one with --sandbox" in asyncio.run(asked())
