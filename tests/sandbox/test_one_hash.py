"""The same run from the same seed: what clients read over every dialect has one SHA-256, whatever runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
OTHER_PYTHON: Final = ROOT / ".venv-3.13" / "bin" / "python"
NO_AVX: Final = "X86_V3 X86_V4 AVX512_ICL AVX512_SPR"  # NumPy's: then its exp and log round otherwise in the last bit
SHORT: Final = 6  # rounds of twelve requests
LONG: Final = 460
SOCKETS: Final = 24


def run(rounds: int, loop: str = "uvloop", data: str = ":memory:", *, flip: int = 0, python: str = sys.executable,
        **variables: str) -> dict[str, Any]:  # fmt: skip
    """Return what a run in a process of its own tells."""
    told = subprocess.run(
        [python, "-m", "tests.sandbox.one_run", str(rounds), loop, data, str(flip)],
        cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    result: dict[str, Any] = json.loads(told.stdout)
    return result


@cache
def reference(rounds: int) -> dict[str, Any]:
    return run(rounds, PYTHONHASHSEED="1")


def test_two_processes_and_both_loops_read_the_same_bytes() -> None:
    """Heads, bodies and frames of every dialect over two dozen sockets; the machine's own state as well."""
    again = run(SHORT, "asyncio", PYTHONHASHSEED="2")

    assert again == reference(SHORT)
    assert reference(SHORT)["sockets"] == 24
    assert set(reference(SHORT)["statuses"]) == {"200"}, "what is refused proves little"


def test_one_changed_byte_of_an_answer_is_noticed() -> None:
    """The hash covers every byte that clients read."""
    changed = run(SHORT, flip=40)

    assert changed["core"] == reference(SHORT)["core"]
    assert changed["sha256"] != reference(SHORT)["sha256"]


@pytest.mark.long
@pytest.mark.parametrize(
    "variant",
    [
        {"loop": "asyncio", "PYTHONHASHSEED": "2"},
        {"PYTHONHASHSEED": "3", "NPY_DISABLE_CPU_FEATURES": NO_AVX},
        {"data": "on disk", "PYTHONHASHSEED": "4"},
        {"python": str(OTHER_PYTHON), "PYTHONHASHSEED": "5"},
        {"python": str(OTHER_PYTHON), "loop": "asyncio", "data": "on disk", "NPY_DISABLE_CPU_FEATURES": NO_AVX},
    ],
    ids=["asyncio", "without AVX", "on disk", "3.13", "3.13, asyncio, on disk, without AVX"],
)
def test_thousands_of_requests_have_one_hash_everywhere(variant: dict[str, str], tmp_path: Path) -> None:
    """Five thousand requests, money that comes over a chain, and two dozen sockets: one hash on each Python, loop and store."""
    if variant.get("python", sys.executable) != sys.executable and not OTHER_PYTHON.exists():
        pytest.skip(
            f"{OTHER_PYTHON.relative_to(ROOT)} is not there: `make VENV=.venv-3.13 PYTHON=python3.13 test` makes it"
        )
    if "data" in variant:
        variant = {**variant, "data": str(tmp_path / "data")}

    told = run(LONG, **variant)  # type: ignore[arg-type]

    assert told == reference(LONG)
    assert told["requests"] >= 5_000
    assert told["sockets"] == SOCKETS


@pytest.mark.long
def test_one_changed_byte_among_five_thousand_answers_is_noticed() -> None:
    """Wherever it is, and though the venue did the same."""
    changed = run(LONG, flip=4_321)

    assert changed["core"] == reference(LONG)["core"]
    assert changed["sha256"] != reference(LONG)["sha256"]
