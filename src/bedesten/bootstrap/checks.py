"""What is checked before anything is opened."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from bedesten import extras
from bedesten.bootstrap.dialects import left_out
from bedesten.config import Settings, VenueFile

if TYPE_CHECKING:
    from bedesten.bootstrap.running import Part

Say = Callable[[str], None]


class StartRefused(Exception):
    """The venue cannot start; the message says what is wrong and what to do. Nothing was changed."""


def check_interpreter() -> None:
    """Refuse an interpreter that skips assertions: they are part of how money is guarded.

    Raises: StartRefused.
    """
    if not __debug__:
        raise StartRefused("python -O drops the checks that guard money: start without -O and PYTHONOPTIMIZE")


def check_extras(parts: Sequence[Part], settings: Settings, venue_file: VenueFile, say: Say) -> None:
    """Refuse parts that cannot work with the packages that are installed, and say which dialects are left out.

    Raises: StartRefused.
    """
    for part in parts:
        if part.needs_extra(settings, venue_file) and extras.missing(part.extra):
            raise StartRefused(extras.remedy(part.extra))
    for entry in left_out():
        say(f"notice: {extras.remedy(entry.extra)}; it is left out")
