"""Every program in examples/ does what it says, on a demo venue of its own."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.e2e.process import Server, serving

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"
RUN_NOTEBOOK: Final = Path(__file__).with_name("run_notebook.py")
WAIT_S: Final = 60  # far longer than any of them takes
LINES_MAX: Final = 1_000  # of a listener: the trades before the first book are five hundred at most


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo venue."""
    with serving(tmp_path_factory.mktemp("demo"), "--demo") as server:
        yield server


def run_example(name: str, *arguments: str) -> str:
    """Run an example to its end and return what it printed."""
    command = [sys.executable, str(EXAMPLES / name), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_every_example_is_run_here() -> None:
    """A new example needs a test."""
    names = {
        "btcturk_feed.py", "btse_limit_order.py", "btse_stream.py", "ccxt_local.py", "core_run.py", "test_ccxt_bot.py",
    }  # fmt: skip
    assert {path.name for path in EXAMPLES.glob("*.py")} == names


@pytest.mark.parametrize("name", sorted(path.name for path in (EXAMPLES / "notebooks").glob("*.ipynb")))
def test_every_notebook_runs_from_its_first_cell_to_its_last(name: str, tmp_path: Path) -> None:
    """In a process and a folder of its own; a warning is an error. What a cell asserts holds, and something is told."""
    command = [sys.executable, "-W", "error", str(RUN_NOTEBOOK), str(EXAMPLES / "notebooks" / name)]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=WAIT_S, check=False, cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout


def test_the_order_is_placed_found_and_canceled(demo: Server) -> None:
    """As its comments say."""
    lines = run_example("btse_limit_order.py", demo.url).splitlines()

    assert lines[0].endswith("status 2")
    assert lines[1].startswith("found at ")
    assert lines[2] == "canceled, status 6"


def test_the_core_runs_as_a_library_and_always_the_same() -> None:
    """Two runs end in the same digest."""
    first, second = (run_example("core_run.py", "5000") for _ in range(2))

    digests = [[line for line in told.splitlines() if "digest" in line] for told in (first, second)]
    assert digests[0] == digests[1] != []


def test_ccxt_speaks_to_this_venue_alone(demo: Server) -> None:
    """It buys here, reads what came, stays in its sandbox mode, and sends nothing to a host that it is given later."""
    lines = run_example("ccxt_local.py", demo.url).splitlines()

    assert lines[0] == "bought BTC/USD"
    assert lines[1].startswith("deposits 1 ledger ")
    assert lines[2] == "still here: True"
    assert lines[3].startswith("guarded: https://testapi.btse.io/")
    assert lines[3].endswith(f" is not on {demo.url}: nothing was sent")


def test_the_tests_of_a_ccxt_bot_pass_in_a_folder_of_their_own(tmp_path: Path) -> None:
    """No option, no conftest: pytest finds the fixtures by the package's entry point."""
    copied = tmp_path / "test_ccxt_bot.py"
    copied.write_text((EXAMPLES / copied.name).read_text())
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(copied)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False, cwd=tmp_path)
    assert "4 passed" in ended.stdout, ended.stdout + ended.stderr


def _until_a_book(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if line.startswith("book "):
            return


@pytest.mark.parametrize("name", ["btse_stream.py", "btcturk_feed.py"])
def test_the_listener_hears_the_market(demo: Server, name: str) -> None:
    """It prints its login and the best prices of a living book until it is ended."""
    command = [sys.executable, "-u", str(EXAMPLES / name), demo.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listener:
        try:
            assert listener.stdout is not None
            heard = list(itertools.islice(_until_a_book(listener.stdout), LINES_MAX))
        finally:
            listener.terminate()

    assert any(line.startswith("book ") for line in heard), heard
