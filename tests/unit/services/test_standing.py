"""What an account may do, for every reason at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bedesten.domain.customers import Status
from bedesten.domain.levels import Levels
from bedesten.services.standing.standing import NOTHING, PERMITS, Act, allowed_to


@pytest.mark.parametrize(
    ("level", "words"),
    [
        (0, "read cancel be_paid"),
        (1, "read cancel be_paid crypto_deposit"),
        (2, "read cancel be_paid crypto_deposit crypto_withdrawal trade transfer"),
        (3, "read cancel be_paid crypto_deposit crypto_withdrawal fiat_deposit fiat_withdrawal trade transfer"),
    ],
)
def test_each_level_opens_what_the_venue_says(level: int, words: str) -> None:
    """BITGIN API, User Information: deposits from level 1, trades and withdrawals from 2, the bank from 3."""
    allowed = allowed_to(Status.NORMAL, level, Levels())._asdict()

    assert {name for name, may in allowed.items() if may} == set(words.split())


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            Status.NOT_TRADABLE,
            "read cancel be_paid crypto_deposit crypto_withdrawal fiat_deposit fiat_withdrawal transfer",
        ),
        (Status.BLOCKED, "read cancel be_paid crypto_deposit fiat_deposit"),
    ],
)
def test_a_standing_takes_permissions_away(status: Status, words: str) -> None:
    """Whatever the level."""
    allowed = allowed_to(status, 3, Levels())._asdict()

    assert {name for name, may in allowed.items() if may} == set(words.split())


@pytest.mark.parametrize("status", [Status.NOT_ACTIVATED, Status.SUSPENDED])
def test_who_is_suspended_looks_and_takes_back(status: Status) -> None:
    """And nothing else, not even at the highest level."""
    assert allowed_to(status, 3, Levels()) == NOTHING._replace(read=True, cancel=True)


@pytest.mark.parametrize("status", [Status.DELETED, Status.LOCKED])
def test_who_is_out_may_do_nothing(status: Status) -> None:
    """Not even look."""
    assert allowed_to(status, 3, Levels()) == NOTHING


def test_levels_are_the_venue_files() -> None:
    """What a customer of level 2 may do follows from it."""
    strict = Levels(trade=3, transfer=0)

    assert not allowed_to(Status.NORMAL, 2, strict).trade
    assert allowed_to(Status.NORMAL, 0, strict).transfer


def test_the_page_about_customers_has_the_same_table() -> None:
    """docs/customers.md, row by row."""
    columns = {
        "look": {Act.READ}, "take back": {Act.CANCEL}, "trade": {Act.TRADE},
        "send": {Act.TRANSFER, Act.CRYPTO_WITHDRAWAL, Act.FIAT_WITHDRAWAL},
        "be paid": {Act.BE_PAID, Act.CRYPTO_DEPOSIT, Act.FIAT_DEPOSIT},
    }  # fmt: skip
    page = (Path(__file__).parents[3] / "docs" / "customers.md").read_text(encoding="utf-8")
    head, _, *rows = page[page.index("| status | look") :].partition("\n\n")[0].splitlines()
    names = [cell.strip() for cell in head.strip("|").split("|")][1:]
    told = {}
    for row in rows:
        number, *cells = [cell.strip() for cell in row.strip("|").split("|")]
        acts = [columns[name] for name, cell in zip(names, cells, strict=True) if cell == "yes"]
        told[Status(int(number.split()[0]))] = frozenset().union(*acts)

    assert names == list(columns)
    assert set().union(*columns.values()) == set(Act)
    assert told == PERMITS
