"""How deep a text of JSON is nested, found before anything is built from it. Never decides what the text means."""

from __future__ import annotations

import re
from typing import Final

JSON_DEPTH_MAX: Final = 32  # no request of any venue goes beyond 4; a decoder's own stack is some hundred deep

_TEXT_OR_BRACKET: Final = re.compile(rb'"(?:[^"\\]|\\.)*"?|[\[{\]}]', re.DOTALL)


def is_too_deep(data: bytes) -> bool:
    """Return whether *data* opens more than JSON_DEPTH_MAX brackets within one another, those in texts aside."""
    if data.count(b"{") + data.count(b"[") <= JSON_DEPTH_MAX:  # nearly always: no look at the characters is needed
        return False
    depth = 0
    for match in _TEXT_OR_BRACKET.finditer(data):
        first = match[0][:1]
        if first in b"[{":
            depth += 1
            if depth > JSON_DEPTH_MAX:
                return True
        elif first != b'"':
            depth -= 1
    return False
