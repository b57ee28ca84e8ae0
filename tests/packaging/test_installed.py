"""The distribution, built and installed as a stranger would, into environments that hold nothing else."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import urllib.request
import venv
import zipfile
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
STEP_S: Final = 300  # the core is compiled in one of them
PIP: Final = ("-m", "pip", "--disable-pip-version-check", "--quiet")

pytestmark = pytest.mark.long


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a step and return what it printed; it must end well."""
    done = subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env={"PATH": "/usr/bin:/bin", "HOME": str(Path.home()), **environment},
        capture_output=True,
        text=True,
        timeout=STEP_S,
        check=False,
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of the files that are under version control, or would be."""
    folder = tmp_path_factory.mktemp("source")
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
    source = folder / "clone"
    for name in tracked:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    program = "from setuptools.build_meta import build_sdist; print(build_sdist('dist'))"
    run(sys.executable, "-c", program, cwd=source, BEDESTEN_PURE="1")
    return next((source / "dist").glob("*.tar.gz"))


@pytest.fixture(scope="module")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that the source distribution alone makes, with the core compiled."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    program = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"
    source = next(path for path in folder.iterdir() if path.is_dir())
    run(sys.executable, "-c", program, cwd=source, BEDESTEN_REQUIRE_COMPILED="1")
    return next((source / "dist").glob("*.whl"))


def environment(folder: Path) -> Path:
    """Return the interpreter of a new, empty environment."""
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


def packages(python: Path) -> list[str]:
    """Return what is installed there beside pip."""
    listed = run(python, "-m", "pip", "freeze", "--all", cwd=python.parent).splitlines()
    return sorted(
        name for line in listed if (name := line.partition("==")[0].partition(" @")[0]) not in ("pip", "setuptools")
    )


def test_the_source_distribution_carries_documents_examples_and_tests(sdist: Path) -> None:
    """Whoever packages it for a system runs the tests from it; nothing compiled, no cache, no store is in it."""
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    wanted = {
        "README.md", "LICENSE", "CHANGELOG.md", "ARCHITECTURE.md", "Makefile", "constraints.txt", "setup.py", "docs/matching.md",
        "examples/btse_limit_order.py", "tests/conftest.py", "tests/promises/numbers.txt", "src/bedesten/core/layout.pxd",
        "src/bedesten/venues/demo.toml", ".ci/run",
    }  # fmt: skip
    assert wanted <= names
    assert not [name for name in names if name.endswith((".so", ".pyc", ".db")) or "__pycache__" in name]


def test_the_wheel_alone_gives_the_compiled_core_and_one_package_more(wheel: Path, tmp_path: Path) -> None:
    """`pip install bedesten`: the engine, msgspec, and a command that says what else it needs."""
    python = environment(tmp_path / "venv")
    run(python, *PIP, "install", "--constraint", ROOT / "constraints.txt", wheel, cwd=tmp_path)

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
    run(python, *PIP, "install", "--constraint", ROOT / "constraints.txt", f"{wheel}[{extra}]", cwd=tmp_path)
    count, megabytes = SIZES[extra]

    installed = packages(python)
    files = [path for path in (tmp_path / "venv" / "lib").rglob("*") if path.is_file()]
    pip = [path for path in files if {"pip", "setuptools", "pkg_resources"} & set(path.parts)]
    size = (sum(path.stat().st_size for path in files) - sum(path.stat().st_size for path in pip)) / 1e6
    assert len(installed) <= count and size <= megabytes, f"{size:.0f} MB in {installed}"
    if extra in ("testing", "venue"):
        assert first_answer(python, tmp_path) == 200


def test_pytest_finds_the_fixture_by_itself(wheel: Path, tmp_path: Path) -> None:
    """`pip install 'bedesten[testing]' pytest`, and a test that takes `venue`: no option, no conftest."""
    python = environment(tmp_path / "venv")
    constraints = ROOT / "constraints.txt"
    run(python, *PIP, "install", "--constraint", constraints, f"{wheel}[testing]", "pytest", cwd=tmp_path)
    (tmp_path / "test_bot.py").write_text(
        "def test_time_stands_still(venue):\n"
        "    before = venue.now_ns\n"
        "    venue.advance('5s')\n"
        "    assert venue.now_ns == before + 5_000_000_000\n"
    )

    assert "1 passed" in run(python, "-m", "pytest", "-W", "error", "test_bot.py", cwd=tmp_path)


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
