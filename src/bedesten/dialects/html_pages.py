"""Self-contained pages: one file each, in the house's colours, which needs no build and asks no other address for anything.

A page's policy names its own scripts and styles by their hashes: nothing else runs or counts, whatever gets into its text.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from importlib import resources
from typing import Final

_INLINE: Final = re.compile(r"<(script|style)>(.*?)</\1>", re.DOTALL)
_TOKENS: Final = "/*tokens*/"  # where a page's style has the house's colours


def page_text(package: str, file: str, values: Mapping[str, str] | None = None) -> str:
    """Return the page in *file* of *package*, with the tokens, and with *values* in the place of <!--name-->."""
    text = resources.files(package).joinpath(file).read_text(encoding="utf-8").replace(_TOKENS, tokens())
    for name, value in (values or {}).items():
        text = text.replace(f"<!--{name}-->", value)
    return text


def page_policy(text: str) -> str:
    """Return the content security policy under which a page runs the script that it came with, and no other."""
    hashes: dict[str, list[str]] = {"script": [], "style": []}
    for tag, content in _INLINE.findall(text):
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        hashes[tag].append(f"'sha256-{digest}'")
    script, style = (" ".join(hashes[tag]) or "'none'" for tag in ("script", "style"))
    own = "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return f"default-src 'none'; script-src {script}; style-src {style}; {own}"


def tokens() -> str:
    """Return the house's colours, spaces and type as CSS."""
    return resources.files("bedesten.dialects").joinpath("pages/tokens.css").read_text(encoding="utf-8")
