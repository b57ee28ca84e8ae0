"""Commands made from the table of operations: their words, arguments, options and help texts.

A field that the usage names in capitals is typed by its place, any other is an option. A list may be given in several options or
with commas. Nothing is told twice: what an operation means is said in services/operator/table.py alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from bedesten.cli.terminal import AMOUNTS, data_option, json_option, operate, show_rows
from bedesten.services.operator.operation import Field, Operation, Spelling, fields_of
from bedesten.services.operator.table import BY_NAME, GROUPS, OPERATIONS

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def add_operations(cli: click.Group, by_hand: Sequence[click.Command] = ()) -> None:
    """Add every operation to the command line. *by_hand*: commands that are more than a request, named by their path."""
    written = {command.name: command for command in by_hand}
    groups = {name: _group(name) for name in GROUPS}
    for name, group in groups.items():
        cli.add_command(group, name)
    for operation in OPERATIONS:
        for spelling in operation.typed:
            path = spelling.path
            if len(path) == 1 and path[0] in groups:
                continue  # what the group's word alone asks for
            command = written.get(" ".join(path)) or _command(operation, spelling)
            parent = groups[path[0]] if len(path) > 1 else cli
            if path[-1] not in parent.commands:
                parent.add_command(command, path[-1])


def summary_of(name: str) -> str:
    """Return the sentence of an operation, for a command that is written by hand."""
    return BY_NAME[name].summary


def field_of(name: str, field: str) -> Field:
    """Return a field of an operation's form, for a command that is written by hand."""
    return next(each for each in fields_of(BY_NAME[name].form) if each.name == field)


def _group(name: str) -> click.Group:
    group = GROUPS[name]

    def alone(context: click.Context, data: str = "", as_json: bool = False, **typed: Any) -> None:
        if context.invoked_subcommand is None:
            operation = BY_NAME[group.default]
            show_rows(operation, operate(data, operation.name, **{**_defaults(operation), **typed}), as_json)

    call: Callable[..., Any] = click.pass_context(alone)
    if group.default:
        call = data_option(json_option(call))
        default = BY_NAME[group.default]
        if any(spelling.path == (name,) for spelling in default.typed):  # there is no command of its own that has them
            for field in fields_of(default.form):
                call = _option(field)(call)
    return click.group(name, help=group.summary, invoke_without_command=bool(group.default))(call)


def _defaults(operation: Operation[Any, Any]) -> dict[str, Any]:
    return {field.name: field.default for field in fields_of(operation.form)}


def _command(operation: Operation[Any, Any], spelling: Spelling) -> click.Command:
    fields = [field for field in fields_of(operation.form) if field.name not in spelling.given]
    placed = {field.name: word for word in spelling.placed for field in fields if word == _word(field)}

    def call(data: str, as_json: bool = False, **typed: Any) -> None:
        arguments = {field.name: _read(field, placed, typed) for field in fields}
        show_rows(operation, operate(data, operation.name, **spelling.given, **arguments), as_json)

    decorated: Callable[..., Any] = call
    for decorate in reversed(
        [*_parameters(fields, placed, spelling), data_option, *([json_option] if operation.answer else [])]
    ):
        decorated = decorate(decorated)
    takes_numbers = any(field.name in placed and (field.is_number or field.kind is int) for field in fields)
    settings = AMOUNTS if takes_numbers else {}
    return click.command(spelling.path[-1], help=spelling.summary or operation.summary, context_settings=settings)(
        decorated
    )


def _parameters(fields: Sequence[Field], placed: dict[str, str], spelling: Spelling) -> list[Decorator]:
    found = []
    for field in sorted(fields, key=lambda each: spelling.placed.index(_word(each)) if each.name in placed else -1):
        found.append(_argument(field, placed[field.name], spelling) if field.name in placed else _option(field))
        if field.empty is not None:
            found.append(click.option(field.empty.option, _switch(field), is_flag=True, help=field.empty.meaning))
    return found


def _word(field: Field) -> str:
    return field.typed or field.name.upper()


def _switch(field: Field) -> str:
    return f"no_{field.name}"


def _argument(field: Field, word: str, spelling: Spelling) -> Decorator:
    is_left_out = f"[{word}]" in spelling.usage
    if field.kind is list:
        return click.argument(field.name, metavar=f"[{word}]...", nargs=-1)
    shown = None if field.choices else f"[{word}]" if is_left_out else word
    return click.argument(field.name, metavar=shown, type=_kind(field), required=not is_left_out)


def _option(field: Field) -> Decorator:
    option = field.typed or "--" + field.name.replace("_", "-")
    if field.kind is bool:
        return click.option(option, field.name, is_flag=True, help=field.meaning)
    if field.kind is list:
        shown = ",".join(field.default) if field.default else False
        return click.option(
            option, field.name, multiple=True, default=field.default, show_default=shown, help=field.meaning
        )
    if field.is_required:
        return click.option(option, field.name, required=True, type=_kind(field), help=field.meaning)
    is_shown = field.default not in (None, "")
    return click.option(
        option, field.name, default=field.default, show_default=is_shown, type=_kind(field), help=field.meaning
    )


def _kind(field: Field) -> click.ParamType[Any]:
    if field.choices:
        return click.Choice(field.choices)
    return click.INT if field.kind is int else click.STRING


def _read(field: Field, placed: dict[str, str], typed: dict[str, Any]) -> Any:
    value = typed[field.name]
    if field.empty is not None and typed[_switch(field)] == bool(value):
        named = f"name {placed[field.name]}" if field.name in placed else f"say {field.typed}"
        raise click.UsageError(f"{named}, or say {field.empty.option}")
    return [part for each in value for part in each.split(",")] if field.kind is list else value
