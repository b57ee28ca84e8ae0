"""What each extra brings, and what a venue says without one."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Final

import pytest

from bedesten import bootstrap, extras
from bedesten.config import Settings

ROOT: Final = Path(__file__).parents[2]
PROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

#: Runs a program as if only some third-party packages were installed.
WITHOUT: Final = """
import importlib.util, sys
gone = set({gone!r})
class Gone:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in gone:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Gone())
find_spec = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in gone else find_spec(name, package)
{program}
"""


def named(requirement: str) -> str:
    """Return the normalized name of a requirement's package."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found is not None
    return re.sub(r"[-_.]+", "-", found.group()).lower()


@pytest.mark.parametrize("extra", sorted(extras.MODULES))
def test_an_extra_brings_the_modules_that_the_program_looks_for(extra: str) -> None:
    """The two lists, of packages and of modules, say the same."""
    packages = {named(each) for each in PROJECT["optional-dependencies"][extra]} - {"bedesten"}
    owners = packages_distributions()

    assert {named(owner) for module in extras.MODULES[extra] for owner in owners[module]} >= packages
    assert len(extras.MODULES[extra]) == len(packages)


def test_the_core_needs_one_package() -> None:
    """Whoever wants the engine installs msgspec with it, and nothing else."""
    assert [named(each) for each in PROJECT["dependencies"]] == ["msgspec"]


def without(*gone: str, program: str) -> subprocess.CompletedProcess[str]:
    """Run *program* where these modules are not installed."""
    text = WITHOUT.format(gone=gone, program=program)
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False)


def every_module() -> list[str]:
    """Return what stands in the environment of the tests beside Python itself, msgspec and this project."""
    return sorted(set(packages_distributions()) - {"msgspec", "bedesten"})


def test_the_core_and_its_words_import_with_msgspec_alone() -> None:
    """A researcher's program has no server."""
    ran = without(*every_module(), program="import bedesten.core, bedesten.domain.orders; print(bedesten.core.Machine)")

    assert ran.returncode == 0, ran.stderr
    assert "Machine" in ran.stdout


def test_the_command_without_the_server_names_the_extra() -> None:
    """One sentence, no traceback."""
    ran = without(*extras.MODULES["server"], program="from bedesten.__main__ import main; main()")

    assert ran.returncode == 1
    assert ran.stderr.strip() == "bedesten: the bedesten command needs the extra server: pip install 'bedesten[server]'"


def test_a_module_that_no_extra_brings_is_a_bug_and_is_told_as_one() -> None:
    """A broken installation is not explained away."""
    assert extras.of_module("msgspec") is None and extras.of_module("click.core") == "server"


@pytest.mark.parametrize(("extra", "settings"), [("lab", {"demo": True}), ("wallets", {"demo": True})])
async def test_a_start_that_lacks_an_extra_is_refused(
    extra: str, settings: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words say what to install."""
    monkeypatch.setattr(extras, "missing", lambda asked: ["it"] if asked == extra else [])

    with pytest.raises(bootstrap.StartRefused, match=re.escape(f"pip install 'bedesten[{extra}]'")):
        async with bootstrap.serve(Settings(port=0, data=bootstrap.IN_MEMORY, **settings), lambda text: None):
            raise AssertionError("it started")


async def test_a_dialect_that_lacks_its_extra_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others answer."""
    said: list[str] = []
    monkeypatch.setattr(extras, "missing", lambda asked: ["it"] if asked == "customers" else [])

    async with bootstrap.serve(Settings(port=0, data=bootstrap.IN_MEMORY, demo=True), said.append) as running:
        names = {dialect.name for dialect in running.dialects}

    assert "bitgin" not in names and {"btse", "btcturk"} <= names
    assert [text for text in said if "bedesten[customers]" in text]
