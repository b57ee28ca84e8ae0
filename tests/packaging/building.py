"""What the tests of an installation build, and where they install it: environments that hold nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
import venv
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
STEP_S: Final = 300  # the core is compiled in one of them
PIP: Final = ("-m", "pip", "--disable-pip-version-check", "--quiet")
CONSTRAINTS: Final = ROOT / "constraints.txt"


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


def copy_of_the_tree(source: Path) -> Path:
    """Copy the files that are under version control, or would be, to *source*, as a clone has them; return it."""
    tracked = run("git", "ls-files", "--cached", "--others", "--exclude-standard", cwd=ROOT).splitlines()
    for name in tracked:
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            (source / name).write_bytes((ROOT / name).read_bytes())
    return source


def environment(folder: Path) -> Path:
    """Return the interpreter of a new, empty environment."""
    venv.create(folder, with_pip=True)
    return folder / "bin" / "python"


def other_python(version: str) -> Path:
    """Return another Python's interpreter, "3.12"; where there is none the test is skipped, and says so."""
    of_pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    on_path = shutil.which(f"python{version}")
    for found in (*of_pyenv, *([Path(on_path)] if on_path else [])):
        if subprocess.run([found, "-c", "import venv"], capture_output=True, check=False).returncode == 0:
            return found
    pytest.skip(f"there is no Python {version} here: NOT checked on it")


def packages(python: Path) -> list[str]:
    """Return what is installed there beside pip."""
    listed = run(python, "-m", "pip", "freeze", "--all", cwd=python.parent).splitlines()
    return sorted(
        name for line in listed if (name := line.partition("==")[0].partition(" @")[0]) not in ("pip", "setuptools")
    )


def blocks(document: Path, language: str) -> list[str]:
    """Return a document's fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", document.read_text(), re.DOTALL)
