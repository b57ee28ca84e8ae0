"""One Chromium a run, a context and a venue a test. Console errors, policy reports and accessibility violations fail a test.

Time is the venue's: a test moves its clock and never sleeps. Where the pages were not built or there is no browser, the tests are
skipped and say so; BEDESTEN_REQUIRE_BROWSER makes that an error.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from bedesten.testing.plugin import Factory
from bedesten.testing.venue import TestVenue
from tests.browser.visitor import Visitor

ROOT: Final = Path(__file__).parents[2]
WAIT_MS: Final = 15_000  # of one expectation: two busy cores and software drawing
SIZES: Final = {"desktop": (1440, 900), "phone": (390, 844)}


def chromium() -> str:
    """Return the browser, or skip: the tests drive the system's, and download none."""
    lacks = []
    if not (ROOT / "src/bedesten/web/app.html").exists():
        lacks.append("the pages were not built (python web/build.py)")
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        lacks.append("there is no chromium on the path (or in CHROMIUM)")
    if lacks and os.environ.get("BEDESTEN_REQUIRE_BROWSER"):
        pytest.fail("; ".join(lacks), pytrace=False)
    if found is None or lacks:
        pytest.skip("; ".join(lacks))
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[object]:
    """The browser of this process, for these tests alone: while its driver runs, no other loop can run in this thread."""
    program = chromium()
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture
def exchange(venue_factory: Factory) -> TestVenue:
    """The packaged demo venue, as it begins, with books that live."""
    return venue_factory(profile="demo")


@pytest.fixture(params=list(SIZES))
def visitor(request: pytest.FixtureRequest, browser: object, exchange: TestVenue) -> Iterator[Visitor]:
    """Somebody who looks at the venue's pages, on each size of screen."""
    made = Visitor(browser, exchange, SIZES[request.param], is_phone=request.param == "phone")
    yield made
    made.leave()
