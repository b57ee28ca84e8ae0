"""Writes docs/operations.md from the table of operations: `python -m tests.promises.operations_page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from bedesten.services.operator.operation import MEANINGS, Effect, Field, Operation, Spelling, fields_of
from bedesten.services.operator.table import OPERATIONS, SECTIONS

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
HEAD: Final = """# What an operator can do

Written by `python -m tests.promises.operations_page` from `services/operator/table.py`. How a venue is run is said in
[operating.md](operating.md).

Each of the {count} operations is typed as the command that stands below its name, with `--data DIR` and `--json`. It can be asked
for on the venue's control socket, `control.sock` in its data directory, too: a line of JSON such as
`{{"operation":"deposit","arguments":{{"account":"alice","asset":"BTC","amount":"0.5"}}}}` is answered by a line with `rows` or
`error`. A field that is unknown, missing or of another type is refused, and nothing is done then.

What is more than a look has an entry in the audit log, which `bedesten audit` shows. The *role* says what a person is there for,
and when a second person has to agree. The command line and the socket ask for no role: whoever owns the data directory can
do everything alone.

| role | |
| --- | --- |
{roles}
Amounts and prices are decimals, written as texts; instants are ISO 8601, UTC.
"""
_TYPES: Final = {str: "text", int: "whole number", bool: "true or false", list: "list", object: "anything"}


def page() -> str:
    """Return the page as it should be."""
    roles = "".join(f"| {role.value} | {meaning} |\n" for role, meaning in MEANINGS.items())
    parts = [HEAD.format(count=len(OPERATIONS), roles=roles)]
    for title, operations in SECTIONS.items():
        parts.append(f"\n## {title}\n")
        parts += ["".join(section(operation)) for operation in operations]
    return "".join(parts)


def section(operation: Operation[Any, Any]) -> Iterator[str]:
    """Yield what the page says of one operation."""
    yield f"\n### {operation.name}\n\n{operation.summary}\n\n```sh\n"
    yield from (f"bedesten {usage(operation, spelling)}\n" for spelling in operation.typed)
    yield f"```\n\n{permission(operation)}\n"
    yield from table("field", fields_of(operation.form), with_type=True)
    if operation.answer is not None:
        yield from table("answered", fields_of(operation.answer))


def usage(operation: Operation[Any, Any], spelling: Spelling) -> str:
    """Return a command with the options that it takes."""
    words = [spelling.usage]
    for field in fields_of(operation.form):
        if (
            field.name in spelling.given
            or (field.typed or field.name.upper()) in spelling.placed
            or _is_unsaid(operation)
        ):
            continue
        option = field.typed or "--" + field.name.replace("_", "-")
        value = "" if field.kind is bool else f" {field.name.upper()}" if not field.typed else " VALUE"
        words.append(f"{option}{value}" if field.is_required else f"[{option}{value}]")
    words += [f"[{field.empty.option}]" for field in fields_of(operation.form) if field.empty is not None]
    return " ".join(words)


def _is_unsaid(operation: Operation[Any, Any]) -> bool:
    return operation.name == "backup"  # the command makes what it tells


def permission(operation: Operation[Any, Any]) -> str:
    """Return who may do it, and what is noted of it."""
    who = f"Role: {operation.role.value}."
    if operation.second_person is not None:
        when = f" when {operation.second_person.when}" if operation.second_person.when else ""
        who += f" A second person agrees{when}."
    if operation.effect is Effect.LOOKS:
        return f"{who} It only looks, and is not noted."
    if operation.effect is Effect.LOOKS_AT_SECRETS:
        return f"{who} It only looks, and is noted in the audit log all the same."
    return f"{who} It is noted in the audit log."


def table(title: str, fields: tuple[Field, ...], *, with_type: bool = False) -> Iterator[str]:
    """Yield fields as a table; nothing when there are none."""
    if fields:
        yield f"\n| {title} | {'type | ' if with_type else ''}meaning |\n| --- | {'--- | ' if with_type else ''}--- |\n"
    for field in fields:
        yield f"| `{field.printed}` | {f'{kind(field)} | ' if with_type else ''}{meaning(field)} |\n"


def kind(field: Field) -> str:
    """Return what a field takes, and what it is when it is left out."""
    shown = "list of texts" if field.kind is list else " · ".join(field.choices) or _TYPES[field.kind]
    if field.is_required:
        return shown
    return (
        f"{shown}, or left out"
        if field.default in (None, "", [], False)
        else f"{shown}, or left out: {plain(field.default)}"
    )


def plain(value: Any) -> str:
    """Return a default as it is typed."""
    return msgspec.json.encode(value).decode().replace('"', "")


def meaning(field: Field) -> str:
    """Return what a field means."""
    return field.meaning.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page())
