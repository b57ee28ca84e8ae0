"""How much a browser has to load before somebody can trade."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from tests.browser.conftest import ROOT, chromium
from tests.browser.visitor import Visitor

BUILT = ROOT / "src/bedesten/web"
SCRIPT_BYTES_MAX = 150_000  # gzip, of the trade page with its chart
STYLE_AND_TEXT_BYTES_MAX = 60_000  # gzip, of every style and the texts of one language
LANGUAGE_BYTES_MAX = 8_000


def packed(*paths: Path) -> int:
    """Return the bytes of files as they are sent."""
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in paths)


def test_what_the_trade_page_loads_is_within_its_limits(visitor: Visitor) -> None:
    """Measured on what the browser asked for, not on what was meant."""
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    page = visitor.open("/app/trade/BTC-USD")
    page.get_by_role("img", name="Price chart of BTC-USD").locator("canvas").first.wait_for()
    files = [BUILT / "assets" / url.rpartition("/")[2] for url in asked if "/app/assets/" in url]
    scripts = [path for path in files if path.suffix == ".js" and not is_language(path)]
    others = [path for path in files if path not in scripts]

    assert any("Chart" in path.name for path in scripts)
    assert packed(*scripts) < SCRIPT_BYTES_MAX
    assert packed(*others) < STYLE_AND_TEXT_BYTES_MAX


def is_language(path: Path) -> bool:
    """Whether a file has the texts of a language."""
    return bool(re.match(r"(en|tr|zh-TW)-", path.name))


def test_every_language_and_all_styles_are_small() -> None:
    """A language is loaded alone, by who reads it."""
    chromium()
    files = list((BUILT / "assets").iterdir())
    languages = [path for path in files if is_language(path)]

    assert len(languages) == 3
    assert max(packed(path) for path in languages) < LANGUAGE_BYTES_MAX
    assert packed(*(path for path in files if path.suffix == ".css")) < STYLE_AND_TEXT_BYTES_MAX
