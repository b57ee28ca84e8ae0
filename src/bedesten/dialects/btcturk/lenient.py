"""Lenient JSON, as the venue's parser takes it: keys without quotes, single quotes, commas too many, comments, a byte order mark.

Pure. The published samples need it: `{ 'quantity' : '0.1', newOrderClientId: 'x', stopPrice : 0 }`. What is already JSON is
never touched; the rest is rewritten token by token, in time linear to its length, and judged by the strict decoder.

Source: docs.btcturk.com, PHP sample of Submit Order and samples of the WebSocket feed, read 2026-11-20.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

_TOKEN: Final = re.compile(
    r"""
      (?P<text>"(?:[^"\\]|\\.)*")
    | (?P<single>'(?:[^'\\]|\\.)*')
    | (?P<name>[^\W\d][\w$]*)
    | (?P<comma>,)
    | (?P<end>[\]}])
    | (?P<space>\s+|/\*.*?\*/|//[^\n]*)
    | (?P<other>[-+.\w]+|[\[{:])
    """,
    re.VERBOSE | re.DOTALL,
)
MARK: Final = "\ufeff"  # what some editors and .NET writers begin a text with
_WORDS: Final = {"true": "true", "false": "false", "null": "null", "undefined": "null"}

_decode: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


def decode(text: str | bytes) -> Any:
    """Return the value that *text* means: dictionaries, lists, texts, numbers, booleans, None.

    Raises: ValueError when even a lenient reader can make nothing of it.
    """
    try:
        return _decode(text)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        return _decode(strict(text if isinstance(text, str) else text.decode()))
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError("not JSON, however it is read") from error


def strict(text: str) -> str:
    """Return lenient JSON as JSON, its numbers as they were written; what is neither may come back as something that is neither.

    Raises: ValueError when it has no tokens of JSON.
    """
    tokens: list[str] = []
    comma = ""  # held back: before an end it is one too many
    at = len(MARK) if text.startswith(MARK) else 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"cannot be read at character {at}")
        at = match.end()
        token = match[0]
        match match.lastgroup:
            case "space":
                tokens.append(" ")  # it parts what stands around it
                continue
            case "comma":
                tokens.append(comma)
                comma = token
                continue
            case "end":
                comma = ""
            case "single":
                token = _encode(_unescaped(token)).decode()
            case "name":
                token = _WORDS.get(token.lower()) or f'"{token}"'
        tokens += (comma, token)
        comma = ""
    return "".join(tokens)


def _unescaped(quoted: str) -> str:
    """Return the text between single quotes."""
    inner = quoted[1:-1].replace("\\'", "'")
    if "\\" not in inner:
        return inner
    escaped = re.sub(r'\\.|"', lambda found: '\\"' if found[0] == '"' else found[0], inner, flags=re.DOTALL)
    value: str = msgspec.json.decode(f'"{escaped}"', type=str)
    return value
