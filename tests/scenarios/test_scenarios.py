"""Every scenario file, played on every exchange."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import tables
from tests.builders import Exchange, exchanges

FILES = tables.scenarios(Path(__file__).parent)


@pytest.mark.parametrize("exchange", exchanges().values(), ids=exchanges().keys())
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_scenario_plays_as_written(path: Path, exchange: Callable[[], Exchange]) -> None:
    """The file says what happens; the exchange does it."""
    tables.play(path, exchange())
