"""Notes about money that moves between accounts of the venue."""

from __future__ import annotations

from bedesten.domain.notes.base import Note, Whole


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


class Converted(Note, frozen=True, tag=45):
    """The terms of a conversion: beside the exchange of both legs. Units: minor units; the rate's, ten to the minus rate_scale.

    by_target: what was asked for is what is received; client_id: the customer's own id of the request, "": none.
    """

    account: int
    source: int
    amount: int
    target: int
    to_amount: int
    rate_units: Whole
    rate_scale: int
    by_target: bool = False
    client_id: str = ""


class Sent(Note, frozen=True, tag=46):
    """The terms of a transfer to a customer who was named. Units: minor units. client_id: as in Converted."""

    account: int
    to_account: int
    asset: int
    amount: int
    client_id: str = ""
