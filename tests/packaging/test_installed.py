"""The distribution, built and installed as a stranger would, into environments that hold nothing else."""

from __future__ import annotations

import subprocess
import tarfile
import urllib.request
import zipfile
from pathlib import Path
from typing import Final

import pytest

from tests.packaging.building import (
    CONSTRAINTS,
    PIP,
    ROOT,
    STEP_S,
    blocks,
    copy_of_the_tree,
    environment,
    other_python,
    packages,
    run,
)

pytestmark = pytest.mark.long


def test_the_source_distribution_carries_documents_examples_and_tests(sdist: Path) -> None:
    """Whoever packages it for a system runs the tests from it; nothing compiled, no cache, no store is in it."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    wanted = {
        "README.md", "LICENSE", "CHANGELOG.md", "ARCHITECTURE.md", "Makefile", "constraints.txt", "setup.py", "docs/matching.md",
        "examples/btse_limit_order.py", "tests/conftest.py", "tests/promises/numbers.txt", "src/bedesten/core/layout.pxd",
        "src/bedesten/venues/demo.toml", ".ci/run", "examples/ci/github.yml",
        "examples/notebooks/million_orders.ipynb",
    }  # fmt: skip
    assert wanted <= names
    assert not [name for name in names if name.endswith((".so", ".pyc", ".db")) or "__pycache__" in name]


def test_the_wheel_alone_gives_the_compiled_core_and_one_package_more(wheel: Path, tmp_path: Path) -> None:
    """`pip install bedesten`: the engine, msgspec, and a command that says what else it needs."""
    python = environment(tmp_path / "venv")
    run(python, *PIP, "install", "--constraint", CONSTRAINTS, wheel, cwd=tmp_path)

    assert packages(python) == ["bedesten", "msgspec"]
    assert run(python, "-c", "import bedesten.core as core; print(core.COMPILED)", cwd=tmp_path).strip() == "True"
    refused = subprocess.run(
        [str(python.parent / "bedesten")], capture_output=True, text=True, timeout=STEP_S, check=False
    )
    assert (refused.returncode, "bedesten[server]" in refused.stderr) == (1, True)
    assert "Traceback" not in refused.stderr


def test_the_wheel_names_its_files_and_nothing_of_the_tests(wheel: Path) -> None:
    """Venue files, typing marker and declarations are in it."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())

    assert {"bedesten/py.typed", "bedesten/venues/demo.toml", "bedesten/core/layout.pxd"} <= names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "examples", "docs"))]


#: The most packages, and megabytes of files, that an installation may have, pip aside: what was measured, and some room.
SIZES: Final = {"lab": (3, 90), "server": (26, 105), "testing": (28, 190), "venue": (37, 265)}


@pytest.mark.parametrize("extra", sorted(SIZES))
def test_an_extra_stays_small_and_its_venue_answers(extra: str, wheel: Path, tmp_path: Path) -> None:
    """Nothing else is needed than what the extra names; the market data of a demo venue is there from the first answer."""
    python = environment(tmp_path / "venv")
    run(python, *PIP, "install", "--constraint", CONSTRAINTS, f"{wheel}[{extra}]", cwd=tmp_path)
    count, megabytes = SIZES[extra]

    installed = packages(python)
    files = [path for path in (tmp_path / "venv" / "lib").rglob("*") if path.is_file()]
    pip = [path for path in files if {"pip", "setuptools", "pkg_resources"} & set(path.parts)]
    size = (sum(path.stat().st_size for path in files) - sum(path.stat().st_size for path in pip)) / 1e6
    assert len(installed) <= count and size <= megabytes, f"{size:.0f} MB in {installed}"
    if extra in ("testing", "venue"):
        assert first_answer(python, tmp_path) == 200


def test_pytest_finds_the_fixture_by_itself(wheel: Path, tmp_path: Path) -> None:
    """`pip install 'bedesten[testing]' pytest`, and the README's test outside of the tree: no option, no conftest."""
    python = environment(tmp_path / "venv")
    run(python, *PIP, "install", "--constraint", CONSTRAINTS, f"{wheel}[testing]", "pytest", cwd=tmp_path)
    (example,) = [block for block in blocks(ROOT / "README.md", "python") if "def test_" in block]
    (tmp_path / "test_bot.py").write_text(example)

    assert "1 passed" in run(python, "-m", "pytest", "-W", "error", "test_bot.py", cwd=tmp_path)


def test_a_clone_is_installed_without_anything_being_there_before(tmp_path: Path) -> None:
    """`pip install .` brings its own tools to build with, and leaves the engine and one package."""
    python = environment(tmp_path / "venv")
    run(python, *PIP, "install", "--constraint", CONSTRAINTS, copy_of_the_tree(tmp_path / "clone"), cwd=tmp_path)

    assert packages(python) == ["bedesten", "msgspec"]
    program = "import bedesten.core as core; print(core.COMPILED, core.Machine().seq)"
    assert run(python, "-c", program, cwd=tmp_path).split() == ["True", "0"]


@pytest.mark.parametrize("version", ["3.12", "3.13"])
def test_the_source_distribution_makes_wheels_on_the_other_pythons(version: str, sdist: Path, tmp_path: Path) -> None:
    """By pip alone; the wheel is of that Python, and its core is compiled."""
    run(other_python(version), "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    wheels = tmp_path / "wheels"
    run(python, *PIP, "wheel", "--no-deps", "--wheel-dir", wheels, sdist, cwd=tmp_path, BEDESTEN_REQUIRE_COMPILED="1")
    (wheel,) = wheels.glob("*.whl")
    run(python, *PIP, "install", "--constraint", CONSTRAINTS, wheel, cwd=tmp_path)

    assert f"cp{version.replace('.', '')}" in wheel.name
    assert packages(python) == ["bedesten", "msgspec"]
    assert run(python, "-c", "import bedesten.core as core; print(core.COMPILED)", cwd=tmp_path).strip() == "True"


def first_answer(python: Path, folder: Path) -> int:
    """Start a demo venue, ask for its instruments, and return the status."""
    with subprocess.Popen(
        [str(python.parent / "bedesten"), "serve", "--demo", "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
    ) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]
            with urllib.request.urlopen(f"{url}/spot/api/v3.3/market_summary", timeout=STEP_S) as answer:
                return int(answer.status)
        finally:
            process.terminate()
            process.communicate(timeout=STEP_S)
