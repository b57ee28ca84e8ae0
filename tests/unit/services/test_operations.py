"""The table of operations, asked: over the control socket, with forms that are wrong, and what the audit log has of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.services.market import Market

from bedesten.server.control import ControlSocket, ask_running
from bedesten.services.errors import OperationRefused, ServiceError
from bedesten.services.operator.operation import Field, Operation, fields_of
from bedesten.services.operator.operations import Operations
from bedesten.services.operator.table import OPERATIONS

EVERY = pytest.mark.parametrize("operation", OPERATIONS, ids=[each.name for each in OPERATIONS])
WRONG: Any = {str: 5, int: "five", bool: "yes", list: "a"}  # for a field of that type


@pytest.fixture
def directory() -> Iterator[Path]:
    """A path short enough for a socket."""
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def sample(field: Field) -> Any:
    """Return a value that a field takes."""
    values: Any = {int: 1, bool: True, list: ["x"]}
    return field.choices[0] if field.choices else values.get(field.kind, "1")


def sample_of(operation: Operation[Any, Any]) -> dict[str, Any]:
    """Return a form with every field that an operation needs."""
    return {field.name: sample(field) for field in fields_of(operation.form) if field.is_required}


async def noted(market: Market) -> list[tuple[str, str]]:
    """Return what the audit log has: action and outcome."""
    return [(entry.action, entry.outcome) for entry in market.venue.audit.entries()]


def core_state(market: Market) -> bytes:
    """Return all that the core knows but which command was the last, and when."""
    return bytes(market.venue.sequencer.state.machine.snapshot()[3 * 8 :])


@EVERY
async def test_every_operation_is_answered_by_the_control_socket_and_noted_unless_it_only_looks(
    operation: Operation[Any, Any], market: Market, directory: Path
) -> None:
    """By its name, with rows of its answer or a refusal in words; the entry says who asked, and what became of it."""
    control = ControlSocket(directory, Operations(market.venue))
    await control.open()
    rows, refusal = None, ""
    try:
        rows = await ask_running(directory, operation.name, sample_of(operation))
    except OperationRefused as error:
        refusal = str(error)
    await control.close()

    assert "there is no operation" not in refusal
    assert (rows is None) == bool(refusal)
    if rows and operation.answer is not None:
        assert rows[0].keys() <= {field.printed for field in fields_of(operation.answer)}
    outcome = f"refused: {refusal}" if refusal else "done"
    assert await noted(market) == ([(operation.name, outcome)] if operation.is_noted else [])


@EVERY
async def test_a_form_that_is_wrong_is_refused_in_words_and_changes_nothing(
    operation: Operation[Any, Any], market: Market
) -> None:
    """A field that nobody knows, one that is missing, one of another type, a text with a control character."""
    ask, before, good = Operations(market.venue).call, core_state(market), sample_of(operation)
    wrong: list[dict[str, Any]] = [{**good, "nonsense": 1}]
    for field in fields_of(operation.form):
        wrong.append({**good, field.name: WRONG[field.kind]})
        if field.is_required:
            wrong.append({name: value for name, value in good.items() if name != field.name})
        if field.kind is str and not field.is_path:
            wrong.append({**good, field.name: "a\x00b"})
        if field.kind is list:
            wrong += [{**good, field.name: ["a\x07b"]}, {**good, field.name: [1]}]

    for arguments in wrong:
        with pytest.raises(OperationRefused) as refused:
            await ask(operation.name, arguments)
        assert len(str(refused.value).split()) > 3, refused.value
    assert core_state(market) == before
    assert all(outcome.startswith("refused: ") for _, outcome in await noted(market))


async def test_what_nobody_can_do_is_refused_by_name(market: Market) -> None:
    """And leaves nothing in the audit log: nothing was asked of the venue."""
    for name in ("", "Deposit", "drop_everything"):
        with pytest.raises(ServiceError, match="there is no operation"):
            await Operations(market.venue).call(name, {})

    assert await noted(market) == []
