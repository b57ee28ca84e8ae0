"""Profiles: the venue files that are packaged, by name."""

from __future__ import annotations

from importlib import resources
from typing import Final

PROFILES: Final = ("demo", "small")


def path_of(profile: str) -> str | None:
    """Return the venue file that a profile stands for: None for the demo's, which is the default; else a path is a path."""
    if profile == "demo":
        return None
    return str(resources.files("bedesten.venues").joinpath(f"{profile}.toml")) if profile in PROFILES else profile
