"""docs/security.md names every bound of the wire, where it stands and how large it is."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
SOURCE: Final = ROOT / "src" / "bedesten"
PAGE: Final = (ROOT / "docs" / "security.md").read_text()
IS_A_BOUND: Final = re.compile(
    r"[A-Z]\w*(_MAX|_WAIT_S|_WINDOW_MS|LIFETIME_S|_IN_A_ROW)$|(TOLERANCE_MS|BLOCK_NS|FAILURES_NS|LIFETIME_S)$"
)
#: Whose bounds a stranger can reach: the whole server, what dialects share, logins and sockets, the queue of commands.
COVERED: Final = (
    *sorted(path.relative_to(SOURCE).as_posix() for path in (SOURCE / "server").glob("*.py")),
    *sorted(path.relative_to(SOURCE).as_posix() for path in (SOURCE / "dialects").glob("*.py")),
    "dialects/btse/conversation.py", "dialects/btse/logins.py", "dialects/btse/market/streams.py",
    "dialects/btse/otc/streams.py", "dialects/btcturk/signature.py", "dialects/btcturk/tokens.py",
    "dialects/btcturk/feed/session.py", "dialects/btcturk/parameters.py",
    *sorted(path.relative_to(SOURCE).as_posix() for path in (SOURCE / "dialects" / "native").rglob("*.py")),
    "services/orders/ended_ids.py", "services/sequencing/sequencer.py", "services/sequencing/writer.py",
)  # fmt: skip
ELSEWHERE: Final = frozenset({"server/control.py", "server/logs.py"})  # only operators reach them
ROWS: Final = re.findall(r"^\| `([A-Z_]+)` \| `([\w/]+\.py)` \| ([^|]+) \|", PAGE, re.M)


def bounds() -> list[tuple[str, str]]:
    """Return the covered modules' bounds: name and module."""
    found = []
    for module in COVERED:
        if module in ELSEWHERE:
            continue
        for node in ast.parse((SOURCE / module).read_text()).body:
            if (
                isinstance(node, ast.AnnAssign)
                and isinstance(node.target, ast.Name)
                and IS_A_BOUND.match(node.target.id)
            ):
                found.append((node.target.id, module))
    return found


@pytest.mark.parametrize(("name", "module"), bounds(), ids=lambda each: str(each))
def test_every_bound_that_a_stranger_can_reach_is_on_the_page(name: str, module: str) -> None:
    """A bound that is added is explained where people look for it."""
    assert (name, module) in {(row[0], row[1]) for row in ROWS}


@pytest.mark.parametrize(("name", "module", "told"), ROWS, ids=lambda each: str(each))
def test_every_bound_on_the_page_is_what_it_is(name: str, module: str, told: str) -> None:
    """The page says the number that the program uses."""
    value: Any = getattr(importlib.import_module("bedesten." + module[:-3].replace("/", ".")), name)

    assert told.strip() == f"{value:,}"
