"""What a request tells of the client that sent it."""

from __future__ import annotations

from typing import Final, NamedTuple

AGENT_CHARS_MAX: Final = 256  # of what a browser says of itself: they say less, and it is matched with expressions


class Visitor(NamedTuple):
    """The client of a request: its address, and what the browser says of itself."""

    address: str = ""
    agent: str = ""
    network: str = ""  # of the address, as far as one subscriber has it
