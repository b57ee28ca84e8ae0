"""Every dialect of the list, with what the venue file says about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from bedesten import extras
from bedesten.config import ConfigError, VenueFile
from bedesten.dialects.answers import Choice, ChoiceRefused, chosen
from bedesten.dialects.entry import DialectEntry, Terms
from bedesten.dialects.registry import DIALECTS

if TYPE_CHECKING:
    from bedesten.dialects.contract import Dialect, Limit

NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000

#: By dialect, what its venue's documents have had in more than one way.
CHOICES: Final[Mapping[str, Sequence[Choice]]] = {entry.name: entry.choices for entry in DIALECTS}


def dialect_limits(venue_file: VenueFile) -> dict[str, dict[str, Limit]]:
    """Return every dialect's rate limits by class of requests, as the venue file has them.

    Raises: ConfigError when the file names a class of requests that no dialect has.
    """
    entries = {entry.name: entry for entry in DIALECTS}
    limits = {entry.name: dict(entry.limits) for entry in DIALECTS}
    for name, rate in venue_file.rate_limits.items():
        dialect, _, kind = name.partition(".")
        kinds = entries[dialect].former_limits.get(kind, (kind,)) if dialect in entries else (kind,)
        if not limits.get(dialect, {}).keys() >= set(kinds):
            known = ", ".join(f"{each}.{one}" for each, classes in limits.items() for one in classes)
            raise ConfigError(
                f"the venue file has rate_limits.{name}, which is no class of requests; there are {known}"
            )
        for each in kinds:
            own = limits[dialect][each]
            window = replace(own.windows[-1], requests=rate.requests, window_ns=rate.seconds * NS_PER_S)
            limits[dialect][each] = replace(own, windows=(window,))
    return limits


def dialect_answers(venue_file: VenueFile) -> dict[str, dict[str, str]]:
    """Return which answers every dialect gives where its venue's documents have had several.

    Raises: ConfigError when the file chooses a value that does not exist.
    """
    try:
        return chosen(CHOICES, venue_file.answers)
    except ChoiceRefused as problem:
        raise ConfigError(f"the venue file: {problem}") from problem


def check_dialects(venue_file: VenueFile) -> None:
    """Refuse a file that says of a dialect what cannot be done.

    Raises: ConfigError.
    """
    dialect_limits(venue_file)
    dialect_answers(venue_file)


def make_dialects(venue_file: VenueFile, *, is_demo: bool = False) -> list[Dialect]:
    """Return every dialect whose extra is installed, with the rate limits and answers that the venue file gives it.

    Raises: ConfigError.
    """
    limits, answers = dialect_limits(venue_file), dialect_answers(venue_file)
    interval_ns = venue_file.book_interval_ms * NS_PER_MS
    return [
        entry.make(
            Terms(
                limits=limits[entry.name],
                answers=answers[entry.name],
                book_interval_ns=interval_ns,
                venue_name=venue_file.name,
                is_demo=is_demo,
            )
        )  # fmt: skip
        for entry in DIALECTS
        if not (entry.extra and extras.missing(entry.extra))
    ]


def left_out() -> Iterator[DialectEntry]:
    """Yield the dialects whose extra is not installed."""
    return (entry for entry in DIALECTS if entry.extra and extras.missing(entry.extra))
