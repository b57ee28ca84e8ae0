"""The pages' files as they are sent, and the first page with the build and without it."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from starlette.routing import Router

from bedesten.domain.enums import InstrumentState
from bedesten.server.pages.assets import PAGE_HEADERS, Assets
from bedesten.server.pages.prices import PriceRow, change_text, grouped, price_table
from bedesten.server.pages.screens import Screens

SHELL = '<!doctype html><title>t</title><div id="app"><!--first--></div>'
SCRIPT = b"console.log('" + b"a" * 4_000 + b"')"
ROWS = [PriceRow("BTC-USD", "86,040.5", 20, "35,500,000", "USD", InstrumentState.HALTED)]


async def rows() -> list[PriceRow]:
    return ROWS


def built(folder: Path) -> Assets:
    """Return what a build left in *folder*."""
    (folder / "assets").mkdir()
    (folder / "app.html").write_text(SHELL)
    (folder / "assets" / "app-1a2b.js").write_bytes(SCRIPT)
    (folder / "assets" / "dot-1.png").write_bytes(b"\x89PNG")
    return Assets(folder)


def visit(assets: Assets) -> httpx.AsyncClient:
    """Return a client of the pages alone."""
    screens = Screens(assets, rows, {"dialects": "", "version": "1"})
    router = Router(screens.routes(), redirect_slashes=False)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=router), base_url="http://venue")


async def test_a_file_with_a_hash_in_its_name_is_kept_for_good(tmp_path: Path) -> None:
    """Compressed for who takes that, whole for others; asked again, its tag is answer enough."""
    async with visit(built(tmp_path)) as client:
        packed = await client.get("/app/assets/app-1a2b.js", headers={"accept-encoding": "gzip"})
        whole = await client.get("/app/assets/app-1a2b.js", headers={"accept-encoding": "identity"})
        again = await client.get(
            "/app/assets/app-1a2b.js", headers={"if-none-match": whole.headers["etag"], "accept-encoding": ""}
        )
        picture = await client.get("/app/assets/dot-1.png", headers={"accept-encoding": "gzip"})

    assert packed.content == whole.content == SCRIPT
    assert packed.headers["content-encoding"] == "gzip" and int(packed.headers["content-length"]) < 200
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["vary"] == "accept-encoding" and packed.headers["etag"] != whole.headers["etag"]
    assert whole.headers["content-type"].startswith("text/javascript")
    assert (again.status_code, again.content) == (304, b"")
    assert "content-encoding" not in picture.headers and picture.headers["content-type"] == "image/png"


def test_the_same_bytes_are_compressed_to_the_same_bytes() -> None:
    """No time in the header: two processes of one venue have one tag."""
    from bedesten.server.pages.assets import asset_of

    first, second = asset_of("a.js", SCRIPT), asset_of("a.js", SCRIPT)

    assert first == second and first.packed is not None and gzip.decompress(first.packed) == SCRIPT


@pytest.mark.parametrize("name", ["none.js", "..%2fapp.html", "%2e%2e/app.html"])
async def test_no_other_file_can_be_asked_for(tmp_path: Path, name: str) -> None:
    """A file is found among those that were read at the start, never by a path."""
    async with visit(built(tmp_path)) as client:
        assert (await client.get(f"/app/assets/{name}")).status_code == 404


@pytest.mark.parametrize(
    "path", ["/app/trade", "/app/trade/BTC-USD", "/app/markets", "/app/wallet", "/app/otc", "/app/account", "/"]
)
async def test_every_screen_is_the_built_document_under_a_strict_policy(tmp_path: Path, path: str) -> None:
    """Nothing inline, nothing from elsewhere, no text as script by accident."""
    async with visit(built(tmp_path)) as client:
        answer = await client.get(path)

    assert answer.status_code == 200 and answer.text.startswith("<!doctype html>")
    for name, value in PAGE_HEADERS.items():
        assert answer.headers[name] == value
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy and "require-trusted-types-for 'script'" in policy and "script-src 'self';" in policy


async def test_the_first_page_has_the_markets_in_its_text(tmp_path: Path) -> None:
    """With the build and without it; and without it, it says how the pages are made."""
    async with visit(built(tmp_path)) as client:
        with_build = (await client.get("/")).text
    async with visit(Assets(tmp_path / "none")) as client:
        without = (await client.get("/")).text
        assert (await client.get("/app/trade")).status_code == 404

    for text in (with_build, without):
        assert "86,040.5" in text and "▲ +0.20 %" in text and "halted" in text
    assert "make run" in without and "make run" not in with_build


def test_figures_of_the_table_are_told_by_more_than_colour() -> None:
    """A sign beside the colour, a dash for what is unknown, and names that cannot be markup."""
    assert [change_text(bps) for bps in (None, 0, 5, -1234)] == ["–", "0.00 %", "▲ +0.05 %", "▼ −12.34 %"]
    assert (grouped("1234567.50"), grouped("0")) == ("1,234,567.50", "0")
    assert "<b>" not in price_table([PriceRow("<b>", "", None, "0", "<b>", InstrumentState.TRADING)])
    assert "lists nothing" in price_table([])
