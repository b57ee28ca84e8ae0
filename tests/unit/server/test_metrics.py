"""Figures: who may read them, and that every one that is shown is described."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.unit.server.fake import running

from bedesten.bootstrap import Running, serve
from bedesten.cli.greeting import greeting
from bedesten.clock import ManualClock
from bedesten.config import Settings
from bedesten.config.edit import with_value
from bedesten.domain.commands import SetIndex
from bedesten.domain.enums import IndexSource
from bedesten.server.metrics import readers
from bedesten.server.settings import LOCAL, ServerSettings
from bedesten.services.errors import StoreFailure
from bedesten.services.sequencing.loops import PATIENCE_NS

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "operating.md"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Running]:
    """A venue on a directory."""
    async with serve(Settings(port=0, data=str(tmp_path / "data")), say=lambda text: None) as running:
        yield running


async def families(demo: Running) -> dict[str, Any]:
    """Return what /metrics shows, as Prometheus' own parser reads it."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{demo.server.url}/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(answer.text)}


def value(found: dict[str, Any], name: str, **labels: str) -> float:
    """Return the value of one sample."""
    for family in found.values():
        for sample in family.samples:
            if sample.name == name and labels.items() <= sample.labels.items():
                return float(sample.value)
    raise AssertionError(f"no {name} {labels}")


async def test_the_figures_tell_what_happened(demo: Running) -> None:
    """A command, its commit, an answer and a refusal: each is counted where it belongs."""
    seq = demo.venue.sequencer.state.machine.seq
    async with httpx.AsyncClient() as client:
        await client.get(f"{demo.server.url}/spot/api/v3.3/time")
        await client.get(f"{demo.server.url}/spot/api/v3.3/user/wallet")
    await demo.venue.accounts.open("alice")
    found = await families(demo)

    assert value(found, "bedesten_seq") == seq + 1
    assert value(found, "bedesten_ack_seconds_count") == value(found, "bedesten_commit_commands_sum")
    assert value(found, "bedesten_commit_seconds_count") >= 1
    assert value(found, "bedesten_http_answers_total", dialect="btse", status="200") == 1
    assert value(found, "bedesten_refusals_total", dialect="btse", kind="Unauthenticated") == 1
    assert value(found, "bedesten_ledger_ok") == 1
    assert value(found, "bedesten_file_bytes", file="venue.sqlite3") > 0
    assert value(found, "process_resident_memory_bytes") > 0


async def test_every_figure_is_in_the_guide_and_no_other(demo: Running) -> None:
    """An operator looks a name up, and finds it."""
    shown = {name for name in await families(demo) if name.startswith("bedesten")}
    described = set(re.findall(r"^\| `(bedesten[a-z_]*)", GUIDE.read_text(), re.M))

    assert {name.removesuffix("_total") for name in described} == shown


async def test_a_venue_that_is_well_is_ready(demo: Running) -> None:
    """Store, commands and ledger are asked."""
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"{demo.server.url}/readyz")

    assert (answer.status_code, answer.json()) == (
        200,
        {
            "status": "ok",
            "checks": {"store": "ok", "commands": "ok", "clock": "ok", "ledger": "ok", "loops": "ok", "indexes": "ok"},
        },
    )  # fmt: skip


async def test_a_venue_that_is_not_well_says_why_to_its_operator(demo: Running) -> None:
    """503 for the load balancer; the reason for those who may read figures."""
    demo.check.breach = "asset 1 sums to 1"
    async with httpx.AsyncClient() as client:
        told = await client.get(f"{demo.server.url}/readyz")
        outside = await client.get(f"{demo.server.url}/readyz", headers={"x-forwarded-for": "1.2.3.4"})
        alive = await client.get(f"{demo.server.url}/healthz")

    assert told.status_code == outside.status_code == 503
    assert told.json()["checks"]["ledger"] == "the ledger does not balance: asset 1 sums to 1"
    assert outside.json()["checks"]["ledger"] == "failing"
    assert alive.status_code == 200


async def test_a_loop_that_fails_is_told_and_sends_nobody_away(demo: Running) -> None:
    """A source of a feed that cannot be read is no reason to take the venue from its customers."""
    loops = demo.venue.loops
    loops._clock = clock = ManualClock(demo.venue.clock.now_ns())
    with loops.guard("btse books", "update:BTC-USD_0"):
        raise StoreFailure("the disk is gone")
    clock.advance(PATIENCE_NS)
    async with httpx.AsyncClient() as client:
        told = await client.get(f"{demo.server.url}/readyz")
    found = await families(demo)

    word = "btse books (update:BTC-USD_0) has been failing for 10 s: the disk is gone"
    assert (told.status_code, told.json()["checks"]["loops"]) == (200, word)
    assert value(found, "bedesten_loop_failing", loop="btse books") == 1
    assert value(found, "bedesten_loop_failures_total", loop="btse books") == 1


@pytest.mark.parametrize(
    ("address", "headers", "may"),
    [
        ("127.0.0.1", [], True),
        ("::1", [], True),
        ("::ffff:127.0.0.1", [], True),
        ("192.0.2.7", [], False),
        ("127.0.0.1", [(b"x-forwarded-for", b"192.0.2.7")], False),
        ("", [], False),
        ("unix", [], False),
    ],
)
def test_figures_are_for_this_machine(address: str, headers: list[tuple[bytes, bytes]], may: bool) -> None:
    """Unless it stands in for somebody: a proxy nobody told of is everybody."""
    assert readers(LOCAL)(address, 40_000, headers) is may


def test_behind_a_known_proxy_the_real_address_counts() -> None:
    """The server has put it in the connection's place."""
    may_read = readers(("10.0.0.0/8",))
    forwarded = [(b"x-forwarded-for", b"10.1.2.3")]

    assert may_read("10.1.2.3", 0, forwarded)
    assert not may_read("192.0.2.7", 0, forwarded)


async def test_a_second_proxy_that_nobody_told_of_reads_no_figures() -> None:
    """One proxy is believed elsewhere; another, on this machine, does not lend strangers its address."""
    async with running(settings=ServerSettings(trusted_proxies=("192.0.2.1",))) as venue:
        status, _, _ = await venue.ask("GET", "/metrics", headers={"x-forwarded-for": "203.0.113.9"})
        own, _, _ = await venue.ask("GET", "/metrics")

    assert (status, own) == (403, 404)


async def test_strangers_read_no_figures() -> None:
    """403, and not a number."""
    async with running(settings=ServerSettings(metrics_from=("192.0.2.0/24",))) as venue:
        status, _, body = await venue.ask("GET", "/metrics")

    assert status == 403
    assert b"bedesten_" not in body


async def test_an_index_that_is_too_old_is_said_and_fails_nothing(demo: Running) -> None:
    """Trading goes on, so the venue is ready; who reads figures is told which index, how old, and so is who starts it."""
    venue = demo.venue
    first = venue.catalogue.instruments[0]
    assert venue.changes is not None
    await venue.sequencer.submit(SetIndex(instrument=first.id, price=100, source=IndexSource.SOURCE))
    await venue.changes.apply(lambda text: with_value(text, f"instruments.{first.name}.index_age_max", "0.000000001"))
    async with httpx.AsyncClient() as client:
        told = await client.get(f"{demo.server.url}/readyz")
        outside = await client.get(f"{demo.server.url}/readyz", headers={"x-forwarded-for": "1.2.3.4"})
    found = await families(demo)

    assert told.status_code == outside.status_code == 200
    assert told.json()["checks"]["indexes"].startswith(f"too old: {first.name} (")
    assert outside.json()["checks"]["indexes"] == "failing"
    assert value(found, "bedesten_indexes_too_old") == 1
    assert value(found, "bedesten_index_age_seconds", instrument=first.name) >= 0
    assert f"index prices too old: {first.name} (" in greeting(demo)
    assert "no index price of" in greeting(demo)
