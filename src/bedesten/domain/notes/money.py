"""Notes about money that moves between accounts of the venue."""

from __future__ import annotations

from bedesten.domain.notes.base import Note


class FamilyMoved(Note, frozen=True, tag=43):
    """What moved within a family at one request: beside the last of its transfers, all of which stand in one batch.

    account: whose request it was; client_id: their own id of it, "": none; asked: a digest of what was asked under the id.
    """

    account: int
    client_id: str = ""
    asked: str = ""


class FamilyReturned(Note, frozen=True, tag=44):
    """What had moved within a family was given back, and the request's id is free again; said by records of format 1 alone."""

    account: int
    client_id: str = ""
