"""Every program in examples/ does what it says, on a demo venue of its own."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.request import Request, urlopen

import pytest

from tests.e2e.process import Server, serving
from tests.node import MODULES, NODE, need
from tests.packaging.building import blocks

EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"
README_BLOCKS: Final = blocks(EXAMPLES.parent / "README.md", "python")
RUN_NOTEBOOK: Final = Path(__file__).with_name("run_notebook.py")
PROGRAMS: Final = {".py": sys.executable, ".sh": shutil.which("sh"), ".mjs": NODE}
WAIT_S: Final = 60  # far longer than any of them takes
LINES_MAX: Final = 1_000  # of a listener: the trades before the first book are five hundred at most


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo venue."""
    with serving(tmp_path_factory.mktemp("demo"), "--demo") as server:
        yield server


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo whose time stands still until it is moved."""
    with serving(tmp_path_factory.mktemp("sandbox"), "--demo", "--sandbox", "--clock", "manual") as server:
        yield server


def run_example(name: str, *arguments: str) -> str:
    """Run an example to its end and return what it printed."""
    program = PROGRAMS[Path(name).suffix]
    assert program is not None, f"{name} cannot be run here"
    command = [program, str(EXAMPLES / name), *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_every_example_is_run_here() -> None:
    """A new example needs a test."""
    names = {
        "btcturk_feed.py", "btse_limit_order.py", "btse_stream.py", "ccxt_local.py", "core_run.py", "sandbox.mjs", "sandbox.sh",
        "sandbox_over_http.py", "test_ccxt_bot.py",
    }  # fmt: skip
    assert {path.name for path in EXAMPLES.iterdir() if path.is_file()} == names


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


def test_the_readmes_first_order_is_filled(demo: Server) -> None:
    """Its program, with only the address changed."""
    (program,) = [block for block in README_BLOCKS if "urlopen(Request(" in block]
    ended = subprocess.run(
        [sys.executable, "-c", program.replace("http://127.0.0.1:8080", demo.url)],
        capture_output=True, text=True, timeout=WAIT_S, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    (placed,) = json.loads(ended.stdout)
    assert (placed["status"], placed["fillSize"]) == (4, 0.001)


def test_the_readmes_test_passes(tmp_path: Path) -> None:
    """In a folder that knows nothing of this tree."""
    (example,) = [block for block in README_BLOCKS if "def test_" in block]
    (tmp_path / "test_bot.py").write_text(example)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=WAIT_S, check=False, cwd=tmp_path)
    assert "1 passed" in ended.stdout, ended.stdout + ended.stderr


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


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: the shell example was NOT checked")
def test_a_shell_drives_a_sandbox(sandbox: Server) -> None:
    """It moves time, has a request refused, plays a scenario, and begins again from the state that it kept."""
    post_reset(sandbox)
    lines = run_example("sandbox.sh", sandbox.url).splitlines()

    moved, played = json.loads(lines[0]), json.loads(lines[4])
    assert moved["status"] == "settled" and moved["steps"] > 5
    assert lines[2:4] == ["time is answered 429", "then 200"]
    assert played["name"] == "halted market"
    assert json.loads(lines[-1])["now_ns"] == moved["now_ns"] - 5_000_000_000


@pytest.mark.parametrize("library", ["", "ws"])
def test_node_drives_a_sandbox(sandbox: Server, library: str) -> None:
    """A lost answer, a fill, and with the library ws a gap in a feed."""
    need(ws=bool(library))
    post_reset(sandbox)
    told = run_example("sandbox.mjs", sandbox.url, *([str(MODULES / "ws" / "wrapper.mjs")] if library else []))

    assert told.splitlines() == ["found c-17", "filled 300 lots", *(["gaps 1"] if library else [])]


def test_python_drives_a_sandbox_over_http(sandbox: Server) -> None:
    """A fill, a crash, and a state that is begun from again."""
    post_reset(sandbox)
    lines = run_example("sandbox_over_http.py", sandbox.url).splitlines()

    assert lines[:2] == ["filled 300 lots", "the bot has bought 0.003"]
    assert lines[2].startswith("a crash: ") and lines[2].endswith(" steps, settled")
    assert lines[3] == "fills after the state was restored: 0"


def post_reset(sandbox: Server) -> None:
    """Begin the sandbox again: each example opens the account that it needs."""
    with urlopen(Request(f"{sandbox.url}/sandbox/reset", b"{}", method="POST")) as answer:
        assert answer.status == 200


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
