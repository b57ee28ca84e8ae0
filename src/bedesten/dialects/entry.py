"""What a dialect registers: its name, its limits and choices, how it is made, and which extra it needs.

An entry is read before the dialect is made, and without importing it: the table of endpoints is imported by `make`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from bedesten.dialects.answers import Answers, Choice

if TYPE_CHECKING:
    from bedesten.config import VenueFile
    from bedesten.dialects.contract import Dialect, Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the venue file in force says about one dialect."""

    limits: Mapping[str, Limit]  # every class of requests, with the file's rates where it has any
    answers: Answers
    book_interval_ns: int  # between two updates of an order book on a socket
    venue_name: str = ""
    is_demo: bool = False  # its money is play money


class FirstOrder(NamedTuple):
    """Shell lines that place an order, for the greeting."""

    market: str  # as the API lists it
    lines: Callable[[str, str, str], str]  # of the venue's URL, an API key and its secret


@dataclass(frozen=True, slots=True, kw_only=True)
class DialectEntry:
    """One dialect in the list of those that there are."""

    name: str  # in URLs and in the venue file: "btse"
    title: str  # for people: "BTSE"
    limits: Mapping[str, Limit]
    choices: Sequence[Choice]
    make: Callable[[Terms], Dialect]
    markets: Callable[[VenueFile], Collection[str]]  # the names of the markets that the API lists
    extra: str = ""  # of the package; without it the dialect is left out
    #: Classes of requests that a venue file may still name although they were divided: the former name, the present ones.
    former_limits: Mapping[str, Sequence[str]] = field(default_factory=dict)
    first_order: FirstOrder | None = None
    is_listed_by_file: bool = False  # it has no markets but those under [listings] in the venue file
