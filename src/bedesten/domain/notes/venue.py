"""Notes about the venue as its file describes it."""

from __future__ import annotations

from bedesten.domain.notes.base import Note


class VenueFileInForce(Note, frozen=True, tag=10):
    """The venue file from now on, the commands in front of it in its batch having made the core's rules those of the file.

    text: the file, "": only its meaning is known; meaning: config.VenueFile.encode; given: the file that a start was last given.
    """

    text: str
    meaning: bytes
    given: str = ""


class SandboxServed(Note, frozen=True, tag=11):
    """The venue is served as a sandbox from now on, or as a venue: then it is never steered again."""

    is_sandbox: bool
