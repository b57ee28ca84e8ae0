"""Who is at the door, as far as a request tells."""

from __future__ import annotations

from typing import Final, NamedTuple

AGENT_CHARS_MAX: Final = 256  # of what a browser says of itself: they say less, and it is matched with expressions


class Visitor(NamedTuple):
    """Who is at the door: the address, and what the browser says of itself."""

    address: str = ""
    agent: str = ""
    network: str = ""  # of the address, as far as one subscriber has it
