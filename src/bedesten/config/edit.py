"""Changes to the text of a venue file: one key, one row, and what two texts differ in. Comments and order are kept.

Owns how an operator names a place in the file: "instruments.BTC-USD.min_notional". Knows no rule of a venue: whether the text
that comes of a change describes one is for config to say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

TEXT_BYTES_MAX: Final = 4 * 1024 * 1024  # of a file with thousands of instruments; keeps a mistaken file out
UNSET: Final = ""  # a value's text where there is none


class EditRefused(ValueError):
    """The file has no such place; the message says what is there."""


def with_value(text: str, key: str, value: str) -> str:
    """Return the file with one key set; *value* is TOML, or a bare word.

    Raises: EditRefused.
    """
    document = tomlkit.parse(text)
    *path, last = key.split(".")
    place: Any = document
    for at, part in enumerate(path):
        is_missing = isinstance(place, Mapping) and part not in place
        if is_missing and path[at + 1 : at + 2] and path[at + 1].isdigit():  # a row of a list that is not there
            raise EditRefused(f"the venue file has no {'.'.join(path[: at + 1])}")
        place = _below(place, part, key, path[: at + 1], is_made=True)
    if isinstance(place, list):
        _below(place, last, key, [*path, last], is_made=False)
        raise EditRefused(f"{key} is a whole row: name a key in it")
    place[last] = _value(value)
    return tomlkit.dumps(document)


def without_value(text: str, key: str) -> str:
    """Return the file without a key, so that what it says by default counts again.

    Raises: EditRefused.
    """
    document = tomlkit.parse(text)
    *path, last = key.split(".")
    place: Any = document
    for at, part in enumerate(path):
        place = _below(place, part, key, path[: at + 1], is_made=False)
    if isinstance(place, list) or last not in place:
        raise EditRefused(f"the venue file has no {key}")
    del place[last]
    return tomlkit.dumps(document)


def with_row(text: str, table: str, row: Mapping[str, str | int | bool]) -> str:
    """Return the file with one row more at the end of "assets" or "instruments"."""
    document = tomlkit.parse(text)
    rows: Any = document[table]
    fresh: Any = tomlkit.table() if isinstance(rows, tomlkit.items.AoT) else tomlkit.inline_table()
    for name, value in row.items():
        fresh[name] = value
    rows.append(fresh)
    return tomlkit.dumps(document)


def differences(before: str, after: str) -> list[tuple[str, str, str]]:
    """Return the keys whose values differ, with both values' texts ("": none), in the order of the files."""
    old, new = leaves(before), leaves(after)
    keys = [*old, *(key for key in new if key not in old)]
    return [(key, was, now) for key in keys if (was := old.get(key, UNSET)) != (now := new.get(key, UNSET))]


def leaves(text: str) -> dict[str, str]:
    """Return every value of the file by its place."""
    return dict(_leaves(tomllib.loads(text, parse_float=str), ""))


def _leaves(node: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _leaves(value, f"{place}.{name}" if place else name)
    elif isinstance(node, list):
        for at, value in enumerate(node):
            yield from _leaves(value, f"{place}.{_name_of(value, at)}")
    else:
        yield place, str(node).lower() if isinstance(node, bool) else str(node)


def _name_of(row: Any, at: int) -> str:
    """Return what an operator calls a row of a list."""
    if isinstance(row, Mapping):
        if "base" in row and "quote" in row:
            return f"{row['base']}-{row['quote']}"
        for name in ("code", "name"):
            if name in row:
                return str(row[name])
    return str(at)


def _below(place: Any, part: str, key: str, path: list[str], *, is_made: bool) -> Any:
    if isinstance(place, list):
        for at, row in enumerate(place):
            if _name_of(row, at) == part:
                return row
        known = ", ".join(_name_of(row, at) for at, row in enumerate(place))
        raise EditRefused(f"{key}: there is no {part}; there are {known[:500]}")
    if part not in place:
        if not is_made:
            raise EditRefused(f"the venue file has no {'.'.join(path)}")
        place[part] = tomlkit.table()
    found = place[part]
    if not isinstance(found, list | Mapping):
        raise EditRefused(f"{'.'.join(path)} is a value: nothing lies below it")
    return found


def _value(text: str) -> Any:
    try:
        return tomlkit.value(text)
    except (TOMLKitError, ValueError):
        return tomlkit.string(text)
