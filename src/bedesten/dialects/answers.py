"""What a venue's documents have had in more than one way, and which of them this venue answers.

Owns the one mechanism of such choices: each is declared once, beside its dialect, and chosen in the venue file's [answers].
Never knows what a choice means: that is the dialect's. docs/venue-file.md lists every declaration.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request

_JSON_TYPE: Final = re.compile(rb"\s*(application|text)/([\w.-]+\+)?json\s*(;|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of them. values: what may be chosen, the first by default; meaning: a sentence; source: who says so, and when."""

    name: str
    values: tuple[str, ...]
    meaning: str
    source: str

    @property
    def default(self) -> str:
        """What is answered unless the venue file says otherwise."""
        return self.values[0]


class ChoiceRefused(ValueError):
    """The venue file chooses what there is not; the message says what there is."""


#: A dialect's choices by name, each with its value.
Answers = Mapping[str, str]


def defaults(declared: Sequence[Choice]) -> dict[str, str]:
    """Return what is answered where the venue file says nothing."""
    return {choice.name: choice.default for choice in declared}


def chosen(declared: Mapping[str, Sequence[Choice]], written: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return every dialect's answers; *written* is keyed "dialect.name", as in the venue file.

    Raises: ChoiceRefused.
    """
    found = {dialect: defaults(choices) for dialect, choices in declared.items()}
    known = {f"{dialect}.{choice.name}": choice for dialect, choices in declared.items() for choice in choices}
    for key, value in written.items():
        choice = known.get(key)
        if choice is None:
            raise ChoiceRefused(f"answers.{key} is no setting; there are {', '.join(sorted(known))}")
        if value not in choice.values:
            raise ChoiceRefused(f'answers.{key} is "{value}", which is none of {", ".join(choice.values)}')
        found[key.partition(".")[0]][choice.name] = value
    return found


def says_json(request: Request) -> bool:
    """Return whether the Content-Type is JSON's, for whoever is strict about it."""
    return _JSON_TYPE.match(request.by_name.get(b"content-type", b"")) is not None
