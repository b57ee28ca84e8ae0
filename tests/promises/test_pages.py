"""What the pages promise of their own text: one place with colours, nothing inline, no markup from strings, no other host."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
WEB: Final = ROOT / "web" / "src"
PLAIN: Final = [*(ROOT / "src/bedesten").rglob("pages/*.html")]
TOKENS: Final = ROOT / "src/bedesten/dialects/pages/tokens.css"
COLOUR: Final = re.compile(
    r"(?<![&\w./-])#(?:[0-9a-fA-F]{3,4}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\b(?![-(])|\brgba?\(|\bhsla?\("
)


def sources(*suffixes: str) -> list[Path]:
    """Return the files of the pages that end so."""
    found = [path for path in WEB.rglob("*") if path.suffix in suffixes]
    assert len(found) > 3
    return found


def test_colours_stand_in_one_place_alone() -> None:
    """Every page, built or plain, has the tokens; none has a colour of its own."""
    styled = [*sources(".svelte", ".css", ".ts"), *PLAIN]
    found = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in styled
        for match in COLOUR.finditer(re.sub(r'(?:href|id|src)="[^"]*"', "", path.read_text()))
    ]

    assert found == []
    assert all("/*tokens*/" in path.read_text() for path in PLAIN if "<style>" in path.read_text())
    assert len(COLOUR.findall(TOKENS.read_text())) > 30


def test_the_pages_have_nothing_that_their_policy_forbids() -> None:
    """No inline style or handler, no markup from a string, no address of another host: each would be refused by the browser."""
    forbidden = {
        "{@html": "markup from a string", ' style="': "an inline style", "innerHTML": "markup from a string",
        "eval(": "text as script",
        "https://": "another host", "http://": "another host", "localStorage.setItem('token": "a secret in storage",
    }  # fmt: skip
    found = [
        f"{path.relative_to(ROOT)}: {what}"
        for path in sources(".svelte", ".ts", ".css")
        for text, what in forbidden.items()
        if text in path.read_text()
    ]

    assert found == []


def test_a_lock_file_names_no_registry() -> None:
    """Packages are known by their hashes, wherever they are loaded from."""
    text = (ROOT / "web" / "package-lock.json").read_text()

    assert "resolved" not in text and "integrity" in text
