"""The recipes of docs/testing-recipes.md, run as they stand on the page."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any, Final

import pytest

from bedesten.testing.venue import TestVenue

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "testing-recipes.md"
BLOCKS: Final = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
NAMED: Final = re.compile(r"^(?:async )?def (test_\w+)\(", re.M)
RECIPES: Final = {name: block for block in BLOCKS for name in NAMED.findall(block)}
SHARED: Final = "".join(block for block in BLOCKS if not NAMED.search(block))
WANTED: Final = (
    "lost_acknowledgement", "partial_fill", "flash_crash", "rate_limit_storm", "gap_in_the_feed", "halted_market",
    "reorganization", "dead_mans_switch",
)  # fmt: skip


@pytest.mark.parametrize("name", RECIPES)
async def test_a_recipe_works_as_it_stands(name: str, venue: TestVenue) -> None:
    """What the page says holds for the venue of a test."""
    known: dict[str, Any] = {}
    exec(compile(f"{SHARED}\n{RECIPES[name]}", str(PAGE), "exec"), known)
    recipe = known[name]
    if asyncio.iscoroutinefunction(recipe):
        await recipe(venue)
    else:
        await asyncio.to_thread(recipe, venue)


def test_every_block_is_a_recipe_or_what_they_share() -> None:
    """No code on the page is only shown, and what people ask for is there."""
    assert len(BLOCKS) == len(RECIPES) + 1
    assert [wish for wish in WANTED if f"test_a_{wish}" not in RECIPES] == []
