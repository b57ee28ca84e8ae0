"""What docs/operations.md says of the table of operations, and what every row of the table promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from bedesten.services.operator.operation import ALWAYS, Effect, Operation, Role, fields_of
from bedesten.services.operator.table import BY_NAME, GROUPS, OPERATIONS
from tests.promises.operations_page import PAGE, page

EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=[each.name for each in OPERATIONS])


def test_the_page_says_what_the_table_says() -> None:
    """docs/operations.md is written by `python -m tests.promises.operations_page`."""
    assert PAGE.read_text() == page()


def test_no_name_and_no_command_stands_twice_in_the_table() -> None:
    """A name is one operation, in the journal too; a command is one, but for a word that lifts a whole list."""
    usages = [spelling.usage for operation in OPERATIONS for spelling in operation.typed]

    assert len(BY_NAME) == len(OPERATIONS) and len(set(usages)) == len(usages)


@EVERY
def test_a_row_is_what_its_function_takes_and_returns(operation: Operation[Any, Any]) -> None:
    """Form and answer of the row are those of the function; one that answers nothing has no row to show."""
    hints = get_type_hints(operation.call)
    returned = hints["return"]

    assert hints["form"] is operation.form
    assert issubclass(get_origin(returned), Sequence)
    if operation.answer is not None:
        assert get_args(returned) == (operation.answer,)
        assert all(field.meaning for field in fields_of(operation.answer))


@EVERY
def test_a_row_says_in_a_sentence_what_it_does_and_what_its_fields_mean(operation: Operation[Any, Any]) -> None:
    """A sentence ends with a stop; every field has a meaning; what is typed in capitals is a field, or a file."""
    assert operation.summary.endswith(".") and operation.summary[0].isupper()
    assert operation.typed
    words = {field.typed or field.name.upper() for field in fields_of(operation.form)}
    for spelling in operation.typed:
        assert set(spelling.placed) - words <= {"FILE"}
        assert spelling.given.keys() <= {field.name for field in fields_of(operation.form)}
    assert all(field.meaning.endswith((".", "session")) for field in fields_of(operation.form))


@EVERY
def test_a_list_that_can_be_empty_has_a_sentence_for_that(operation: Operation[Any, Any]) -> None:
    """Whoever asks for a list and gets none reads so; what is made or changed shows itself."""
    single = {"customer", "document", "venue_file"}  # there, or refused

    if operation.effect is not Effect.CHANGES and operation.name not in single:
        assert operation.nothing.endswith(".")


def test_a_word_alone_asks_for_a_list() -> None:
    """The first word of commands lists what they are about, and changes nothing."""
    for group in GROUPS.values():
        if group.default:
            assert BY_NAME[group.default].effect is Effect.LOOKS


def test_what_brings_money_in_or_lets_it_out_needs_two_persons() -> None:
    """And nobody but the treasury, or an admin, has to do with money; rules are the admin's."""
    of_two = (
        "deposit bank_deposit bank_withdrawal_paid approve_withdrawal allow_address disallow_address lift_allow_list"
    )
    for name in of_two.split():
        assert (BY_NAME[name].role, BY_NAME[name].second_person) == (Role.TREASURY, ALWAYS)
    for name in ("apply_venue_file", "set_venue_value", "list_asset", "list_instrument", "set_fee_tier", "create_key"):
        assert (BY_NAME[name].role, BY_NAME[name].second_person) == (Role.ADMIN, ALWAYS)


@pytest.mark.parametrize(
    ("name", "alone", "of_two"),
    [
        ("set_state", {"names": [], "state": "halted"}, {"names": [], "state": "TRADING"}),
        ("set_customer", {"name": "ann", "status": "blocked"}, {"name": "ann", "level": 0}),
        ("suspend_account", {"account": "ann", "is_suspended": True}, {"account": "ann", "is_suspended": False}),
    ],
)
def test_one_person_stops_and_two_let_go_on(name: str, alone: dict[str, Any], of_two: dict[str, Any]) -> None:
    """A halt, a block, a suspension need nobody else; resuming, raising and lifting do."""
    operation = BY_NAME[name]

    assert operation.second_person is not None
    assert not operation.second_person.is_needed(operation.form(**alone))
    assert operation.second_person.is_needed(operation.form(**of_two))


def test_a_viewer_changes_nothing_and_sees_nothing_secret() -> None:
    """What a viewer may ask for only looks, and shows no document, no identity and no message."""
    assert all(each.effect is Effect.LOOKS for each in OPERATIONS if each.role is Role.VIEWER)
    assert {each.name for each in OPERATIONS if each.effect is Effect.LOOKS_AT_SECRETS} == {
        "customer",
        "document",
        "outbox",
    }
