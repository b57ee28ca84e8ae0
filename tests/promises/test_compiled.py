"""The compiled core is the sources that stand beside it, and nothing older."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """The build script, as a module."""
    spec = importlib.util.spec_from_file_location("bedesten_build", ROOT / "setup.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_compiled_core_is_made_from_these_sources(build: ModuleType) -> None:
    """A core compiled from other sources than those in the tree is noticed; `make build` compiles it again."""
    if not os.environ.get("BEDESTEN_REQUIRE_COMPILED") and importlib.util.find_spec(build.TARGET) is None:
        pytest.skip("the core is not compiled here")

    compiled = importlib.import_module(build.TARGET)

    assert build.digest() == compiled.SOURCES, "the compiled core is stale: make build"


def test_core_modules_can_be_joined(build: ModuleType) -> None:
    """No two modules of the core define the same name, and none reaches another through its module's name."""
    build.check_modules()


def test_core_modules_are_joined_after_those_they_use(build: ModuleType) -> None:
    """The machine, which uses all the others, comes last; the twins are not compiled at all."""
    assert build.modules()[-1] == "machine"
    assert not set(build.modules()) & set(build.TWINS)


def test_wide_constants_keep_all_their_bits(build: ModuleType) -> None:
    """What an int cannot hold reaches C as a 64-bit number."""
    written = build.codes_pxd({"BUY": 1, "NO_KEY": -(1 << 62)})

    assert "    BUY = 1\n" in written
    assert f"#define BEDESTEN_NO_KEY ({-(1 << 62)}LL)" in written
    assert 'const long long NO_KEY "BEDESTEN_NO_KEY"' in written


def test_constants_beyond_64_bits_are_refused(build: ModuleType) -> None:
    """A number that C would cut is a failed build."""
    with pytest.raises(ValueError, match="codes.HUGE does not fit"):
        build.codes_pxd({"HUGE": 1 << 63})
