"""What the pages reckon with, tested by Node, and what a machine without a registry is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.browser.conftest import chromium

BUILD = Path(__file__).parents[2] / "web/build.py"


def build(task: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a task of the build to its end."""
    import os

    return subprocess.run(
        [sys.executable, BUILD, task],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_units_of_the_pages_pass() -> None:
    """Decimals, books, candles, figures and translations, by `node --test`."""
    chromium()  # where the pages were not built there may be no Node either
    done = build("test")

    assert done.returncode == 0, done.stderr


def test_a_build_that_cannot_be_made_says_why_in_words() -> None:
    """One sentence and a code, so that `make run` goes on without pages."""
    done = build("build", NODE="/nonexistent/node")

    assert done.returncode == 1 and "could not run NODE" in done.stderr and "Traceback" not in done.stderr
