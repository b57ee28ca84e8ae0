"""Every API of a dialect is a folder with the same names inside: who knows one finds the way in all."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

DIALECTS: Final = Path(__file__).resolve().parents[2] / "src" / "bedesten" / "dialects"
#: What a module's name begins with: the rows, the structs, what is read, what is printed, refusals, streams, and what rows call.
WORDS: Final = ("table", "shapes", "parse", "render", "errors", "streams", "endpoints")
#: Modules that only one API has, each an idea of its own.
OWN: Final = {
    "btcturk/feed": {"page", "session", "topics"},
    "btcturk/rest": {"envelope"},
    "btse/market": {"book_feed"},
    "btse/spot": {"own_trades"},
}  # fmt: skip
APIS: Final = sorted(table.parent.relative_to(DIALECTS).as_posix() for table in DIALECTS.glob("*/*/table.py"))


def test_the_apis_of_the_dialects_are_found() -> None:
    """At least the three of BtcTurk and the four of BTSE."""
    assert {
        "btcturk/feed",
        "btcturk/graph",
        "btcturk/rest",
        "btse/market",
        "btse/otc",
        "btse/spot",
        "btse/wallet",
    } <= set(APIS)
    assert OWN.keys() <= set(APIS)


@pytest.mark.parametrize("api", APIS)
def test_an_api_has_the_names_that_every_api_has(api: str) -> None:
    """A table and shapes; any other module begins with one of the words, or is known as this API's own."""
    names = {module.stem for module in (DIALECTS / api).glob("*.py")} - {"__init__"}

    assert {"table", "shapes"} <= names
    others = {name for name in names if name.partition("_")[0] not in WORDS}
    assert others == OWN.get(api, set())
