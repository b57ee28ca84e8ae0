"""Every scenario file, played on every exchange."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import tables
from tests.builders import Exchange, exchanges

FILES = tables.scenarios(Path(__file__).parent)


#: A naive exchange looks at every order for every fill: what it takes long for is in the long part.
SLOW = {("sweep_of_5000_fills", "naive")}


def plays() -> list[object]:
    """Return every scenario with every exchange that plays it."""
    return [
        pytest.param(
            path, exchange, id=f"{path.stem}-{name}", marks=[pytest.mark.long] if (path.stem, name) in SLOW else []
        )
        for path in FILES
        for name, exchange in exchanges().items()
    ]


@pytest.mark.parametrize(("path", "exchange"), plays())
def test_scenario_plays_as_written(path: Path, exchange: Callable[[], Exchange]) -> None:
    """The file says what happens; the exchange does it."""
    tables.play(path, exchange())
