"""Node and its library ws, for tests that run a client in JavaScript.

Where one is missing, such a test is skipped and says so; BEDESTEN_REQUIRE_NODE makes that an error.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

NODE: Final = shutil.which("node")
MODULES: Final = Path(__file__).resolve().parents[1] / ".venv" / "node" / "node_modules"  # where CI puts the ws library


def lacking(*, ws: bool) -> str:
    """Return what is missing, in words; "" where all is there."""
    if NODE is None:
        return "node is not installed: NOT checked"
    if ws and not (MODULES / "ws").exists():
        return f"the ws library is not installed: npm install --prefix {MODULES.parent} ws@8; NOT checked"
    return ""


def need(*, ws: bool) -> None:
    """Skip the test that cannot run here, or fail it where it has to."""
    if not (told := lacking(ws=ws)):
        return
    if os.environ.get("BEDESTEN_REQUIRE_NODE"):
        pytest.fail(told, pytrace=False)
    pytest.skip(told)


@pytest.fixture
def node() -> None:
    """Ask for Node."""
    need(ws=False)


@pytest.fixture
def ws() -> None:
    """Ask for Node and its library ws."""
    need(ws=True)


needs_node = pytest.mark.usefixtures("node")
needs_ws = pytest.mark.usefixtures("ws")
