"""What a new venue file may not say, though a venue that says it already goes on: data directories of older programs open.

Owns the one list of such rules. Each is asked of a file that was read: of a new or edited one it is a refusal; a file that a
venue keeps is taken, as nearly as is safe, and the start says so. An edit elsewhere in such a file is no refusal either: what
stood there before may stand on. A rule that is added to the reading of the file belongs here.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from typing import Final

from bedesten.config.coarse import coarse
from bedesten.config.described import VenueFile
from bedesten.config.listed import odd_symbols, printable
from bedesten.config.networks import fiat_on_networks
from bedesten.config.otc import bounded, loose_tolerance
from bedesten.config.settings import ConfigError
from bedesten.config.values import Objection

NAMED_MAX: Final = 5  # of a kind, in one notice

_RULES: Final[tuple[Callable[[VenueFile], Iterable[Objection]], ...]] = (
    coarse,
    lambda file: () if file.otc is None else loose_tolerance(file.otc),
    fiat_on_networks,
    odd_symbols,
)

Said = tuple[str, str]  # of what, and what


class _Every:
    """Contains everything."""

    def __contains__(self, said: object) -> bool:
        return True


#: For files that a venue keeps: they were taken before, and its data must open.
EVERY: Final[Container[Said]] = _Every()


def objections(file: VenueFile) -> Iterator[Objection]:
    """Yield everything for which *file*, as it was read, is refused when it is new."""
    for rule in _RULES:
        yield from rule(file)


def said_by(file: VenueFile) -> frozenset[Said]:
    """Return what a file, as it was read, says already that a new one may not."""
    return frozenset((each.name, each.said) for each in objections(file))


def refuse_new(file: VenueFile, *, source: str, tolerated: Container[Said] = ()) -> None:
    """Refuse a file, as it was read, for the first thing that a new one may not say and that is not *tolerated*.

    Raises: ConfigError.
    """
    for each in objections(file):
        if (each.name, each.said) not in tolerated:
            raise ConfigError(f"{source}: {each.key}: {each.reason}")


def as_taken(file: VenueFile) -> VenueFile:
    """Return the venue that a file, as it was read, is taken for."""
    return printable(bounded(file))


def notices(file: VenueFile) -> list[str]:
    """Return what a start has to say of a file, as it was read, that it takes nevertheless: a sentence for each kind."""
    kinds: dict[str, list[str]] = {}
    for each in objections(file):
        kinds.setdefault(each.taken, []).append(each.name)
    return [f"the venue file, {_named(names)}: {taken}" for taken, names in kinds.items()]


def _named(names: list[str]) -> str:
    more = len(names) - NAMED_MAX
    return ", ".join(names[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
