"""Answers that a venue file chooses where a venue's documents have had several, and the page that lists them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from bedesten.bootstrap import CHOICES, dialect_answers, make_dialects
from bedesten.config import ConfigError, VenueFile, parse_venue_file
from bedesten.dialects.answers import Choice, ChoiceRefused, chosen

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "venue-file.md"
VENUE: Final = """
assets = [{ code = "USD", name = "US Dollar", fiat = true }, { code = "BTC", name = "Bitcoin" }]
instruments = [{ base = "BTC", quote = "USD", group = "plain", tick_size = 0.5, lot_size = 0.00001 }]
[venue]
name = "test"
[groups.plain]
fees = [{ maker = 0.0005, taker = 0.0006 }]
[answers]
"""
DECLARED: Final = {"one": (Choice(name="era", values=("new", "old"), meaning="", source=""),), "other": ()}


def venue(answers: str) -> VenueFile:
    return parse_venue_file(VENUE + answers, source="venue.toml")


def test_the_first_value_is_answered_unless_another_is_chosen() -> None:
    """For each dialect by itself."""
    assert chosen(DECLARED, {}) == {"one": {"era": "new"}, "other": {}}
    assert chosen(DECLARED, {"one.era": "old"}) == {"one": {"era": "old"}, "other": {}}


@pytest.mark.parametrize("written", [{"other.era": "old"}, {"era": "old"}, {"one.era": "older"}, {"one.era.x": "old"}])
def test_what_there_is_not_is_refused_with_what_there_is(written: dict[str, str]) -> None:
    """A name that is misspelled would otherwise leave the answers as they were, silently."""
    with pytest.raises(ChoiceRefused, match=r"one\.era|new, old"):
        chosen(DECLARED, written)


def test_a_start_and_a_change_refuse_a_file_with_an_unknown_answer() -> None:
    """In the sentence that lists the known ones."""
    for check in (make_dialects, dialect_answers):
        with pytest.raises(
            ConfigError, match=r"answers\.btse\.history is no setting; there are .*btse\.wallet_history"
        ):
            check(venue('btse.history = "words"'))


def test_every_choice_is_made_by_the_venue_file() -> None:
    """Each value of each can be chosen, and reaches the dialect it is of."""
    for dialect, choices in CHOICES.items():
        assert len({choice.name for choice in choices}) == len(choices)
        for choice in choices:
            for value in choice.values:
                found = dialect_answers(venue(f'{dialect}.{choice.name} = "{value}"'))

                assert found[dialect][choice.name] == value


def test_the_page_lists_the_choices_as_they_are_declared() -> None:
    """Names, values in their order, sentence and source."""
    section = re.search(r"^## `\[answers\]`\n(.*?)^## ", PAGE.read_text(), re.M | re.S)
    assert section is not None
    rows = re.findall(r"^\| `([a-z]+)\.([a-z_]+)` \| (.*) \| (.*) \| (.*) \|$", section.group(1), re.M)

    assert rows == [
        (dialect, each.name, ", ".join(f"`{value}`" for value in each.values), each.meaning, each.source)
        for dialect, choices in CHOICES.items()
        for each in choices
    ]
