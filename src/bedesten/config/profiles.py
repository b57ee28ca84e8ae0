"""What is packaged, by name: venue files (profiles), and the scenarios that may befall a sandbox."""

from __future__ import annotations

from importlib import resources
from typing import Final

PROFILES: Final = ("demo", "small")
SUFFIX: Final = ".toml"


def path_of(profile: str) -> str | None:
    """Return the venue file that a profile stands for: None for the demo's, which is the default; else a path is a path."""
    if profile == "demo":
        return None
    return str(resources.files("bedesten.venues").joinpath(f"{profile}.toml")) if profile in PROFILES else profile


def scenario_names() -> list[str]:
    """Return the names of the packaged scenarios."""
    found = (each.name for each in resources.files("bedesten.scenarios").iterdir())
    return sorted(name.removesuffix(SUFFIX) for name in found if name.endswith(SUFFIX))


def scenario_text(name: str) -> str | None:
    """Return a packaged scenario; None: there is none of that name."""
    if name not in scenario_names():  # a name, and never a path
        return None
    return resources.files("bedesten.scenarios").joinpath(f"{name}{SUFFIX}").read_text(encoding="utf-8")
