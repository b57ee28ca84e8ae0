"""The command line is made from the table: every operation can be typed, and every list that is empty says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner
from tests.unit.test_cli import Terminal

from bedesten.cli import by_hand
from bedesten.cli import operations as made
from bedesten.cli.commands import cli
from bedesten.services.operator.operation import Field, Operation, Spelling, fields_of
from bedesten.services.operator.table import BY_NAME, OPERATIONS

TYPED = [
    (operation, spelling) for operation in OPERATIONS for spelling in operation.typed if operation.name != "backup"
]
IDS = [spelling.usage for _, spelling in TYPED]
FILE = 'name = "a file"\n'
#: Lists that have nothing on a venue that was just begun.
EMPTY = ("balances", "keys", "withdrawals", "allow_list", "holds", "bank_withdrawals", "bank_accounts", "chain_payments",
         "customers", "outbox")  # fmt: skip


def command_of(spelling: Spelling) -> click.Command:
    command: click.Command = cli
    for word in spelling.path:
        assert isinstance(command, click.Group)
        command = command.commands[word]
    return command


def sample(field: Field) -> str:
    """Return a value that a field takes, as it is typed."""
    if field.choices:
        return field.choices[0]
    return "1" if field.kind is int else f"{field.name}-x"


def words_of(operation: Operation[Any, Any], spelling: Spelling, file: Path) -> list[str]:
    """Return the words that ask for an operation, with every field and option that it has."""
    fields = {field.typed or field.name.upper(): field for field in fields_of(operation.form)}
    words = list(spelling.path)
    words += [sample(fields[word]) if word in fields and word != "FILE" else str(file) for word in spelling.placed]
    words += [word for word in spelling.usage.split() if word.startswith("--")]
    for word, field in fields.items():
        if word in spelling.placed or field.name in spelling.given:
            continue
        option = field.typed or "--" + field.name.replace("_", "-")
        words += [option] if field.kind is bool else [option, sample(field)]
    return words


@pytest.mark.parametrize(("operation", "spelling"), TYPED, ids=IDS)
def test_every_operation_can_be_typed_with_all_its_fields(
    operation: Operation[Any, Any], spelling: Spelling, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is asked for is that operation, with a form that has every field as it was typed; the help is its sentence."""
    asked: list[tuple[str, dict[str, Any]]] = []

    def operate(data: str, name: str, /, **arguments: Any) -> list[dict[str, Any]]:
        asked.append((name, arguments))
        return [{"text": "", "data": ""}] if name in ("venue_file", "document") else []

    for module in (made, by_hand):
        monkeypatch.setattr(module, "operate", operate)
    file = tmp_path / "file"
    if operation.name == "apply_venue_file":
        file.write_text(FILE)

    ended = CliRunner().invoke(cli, words_of(operation, spelling, file))

    assert ended.exit_code == 0, ended.output
    ((name, arguments),) = asked
    form = msgspec.convert(arguments, operation.form)
    assert name == operation.name
    for field in fields_of(operation.form):
        value = getattr(form, field.name)
        expected: Any = {bool: True, int: 1, list: [sample(field)]}.get(field.kind, sample(field))
        assert value == spelling.given.get(field.name, FILE if field.name == "text" else expected)
    if spelling.usage != "withdrawals disallow ACCOUNT --any":
        text = CliRunner().invoke(cli, [*spelling.path, "--help"]).output
        said = BY_NAME[operation.name].summary if len(spelling.path) > 1 or spelling.placed else ""
        assert " ".join((spelling.summary or said).split()) in " ".join(text.split())


def test_a_backup_is_told_to_the_venue_by_its_own_command(tmp_path: Path) -> None:
    """The command copies files, which needs no venue; what is said of it is the operation."""
    terminal = Terminal(tmp_path / "data")
    terminal.lines("accounts", "open", "alice")
    terminal.lines("backup", str(tmp_path / "copy"))

    (entry,) = [row for row in terminal.rows("audit") if row["action"] == "backup"]
    assert msgspec.convert(entry["detail"], BY_NAME["backup"].form)


@pytest.mark.parametrize("name", EMPTY)
def test_an_empty_list_is_said_in_a_sentence_and_is_no_line_of_output(name: str, tmp_path: Path) -> None:
    """On standard error for a person; as an empty list for a program."""
    terminal, operation = Terminal(tmp_path / "data"), BY_NAME[name]
    terminal.lines("accounts", "open", "alice")
    (spelling,) = operation.typed
    words = [*spelling.path, *("alice" for word in spelling.placed)]

    ended = terminal.type(*words)

    assert (ended.exit_code, ended.stdout) == (0, "")
    assert ended.stderr == f"{operation.nothing}\n"
    assert terminal.rows(*words) == []


def test_a_list_of_addresses_is_given_with_commas_or_again_and_never_by_nothing(tmp_path: Path) -> None:
    """An option without a value, as of an empty shell variable, does not open a key to everybody."""
    terminal = Terminal(tmp_path / "data")
    terminal.lines("accounts", "open", "alice")
    (made_key,) = terminal.rows("keys", "create", "alice", "--ip", "10.0.0.1,10.0.0.2", "--ip", "10.1.0.0/16")

    assert made_key["ip_allow_list"] == ["10.0.0.1", "10.0.0.2", "10.1.0.0/16"]
    for words in (["keys", "create", "alice", "--ip", ""], ["keys", "restrict", made_key["key"], "--ip", ""]):
        assert "IPv4" in terminal.refused(*words)
    assert len(terminal.rows("keys")) == 1


def test_what_still_suspends_an_account_is_shown(tmp_path: Path) -> None:
    """Lifting one reason leaves the others, and says which."""
    terminal = Terminal(tmp_path / "data")
    terminal.lines("accounts", "open", "alice")
    terminal.lines("accounts", "set", "alice", "--email", "alice@example.com")
    terminal.lines("accounts", "suspend", "alice")
    terminal.lines("customers", "set", "alice", "--status", "suspended")

    (heading, *reasons) = terminal.lines("accounts", "unsuspend", "alice")
    assert heading == ["account", "still"] and len(reasons) == 1
    terminal.lines("customers", "set", "alice", "--status", "normal")
    assert terminal.lines("accounts", "unsuspend", "alice") == []
