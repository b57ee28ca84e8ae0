"""The distribution: once a process, for every test that installs it."""

from __future__ import annotations

import sys
import tarfile
from pathlib import Path

import pytest

from tests.packaging.building import copy_of_the_tree, run


@pytest.fixture(scope="session")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of the tree as a clone has it."""
    clone = copy_of_the_tree(tmp_path_factory.mktemp("source") / "clone")
    program = "from setuptools.build_meta import build_sdist; print(build_sdist('dist'))"
    run(sys.executable, "-c", program, cwd=clone, BEDESTEN_PURE="1")
    return next((clone / "dist").glob("*.tar.gz"))


@pytest.fixture(scope="session")
def wheel(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that the source distribution alone makes, with the core compiled."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    program = "from setuptools.build_meta import build_wheel; print(build_wheel('dist'))"
    source = next(path for path in folder.iterdir() if path.is_dir())
    run(sys.executable, "-c", program, cwd=source, BEDESTEN_REQUIRE_COMPILED="1")
    return next((source / "dist").glob("*.whl"))
