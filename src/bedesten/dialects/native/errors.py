"""Refusals on the wire: application/problem+json (RFC 9457), with a reason that is stable and the facts to do better.

A service's refusal is raised as Refused with one of the reasons; whatever the server refuses itself is translated here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedesten.dialects.bodies import ANY_STATUS, Errors
from bedesten.dialects.contract import Endpoint, Reply, Request
from bedesten.dialects.native import reasons
from bedesten.dialects.native.reasons import Reason
from bedesten.dialects.refusals import (
    BodyTooLarge,
    Forbidden,
    Malformed,
    MethodNotAllowed,
    NotFound,
    RateLimited,
    Refusal,
    Replayed,
    Unauthenticated,
    Unavailable,
)

PROBLEM: Final = (b"content-type", b"application/problem+json")
PROBLEM_ONLY: Final = (PROBLEM,)
DOCS: Final = "/docs/errors#"  # where a reason is explained

Facts = Mapping[str, str | int]
Outcome = Literal["not_done", "unknown"]


class Problem(msgspec.Struct):
    """A refusal."""

    MEDIA_TYPE: ClassVar[str] = "application/problem+json"

    type: Annotated[str, Meta(description="Where the reason is explained")]
    title: Annotated[str, Meta(description="The reason in a sentence")]
    status: Annotated[int, Meta(description="The answer's status again")]
    reason: Annotated[str, Meta(description="Which refusal it is: stable, for programs")]
    request_id: Annotated[str, Meta(description="What the venue's operator finds this request by")]
    detail: Annotated[str, Meta(description="More about this very refusal, for people")] | UnsetType = UNSET
    param: Annotated[str, Meta(description="The parameter that it is about")] | UnsetType = UNSET
    facts: (
        Annotated[dict[str, str | int], Meta(description="What it was decided by: bounds, prices, amounts")] | UnsetType
    ) = UNSET
    outcome: (
        Annotated[Outcome, Meta(description="Whether it was done: of failures only, where nobody knows, unknown")]
        | UnsetType
    ) = UNSET


#: The bodies of refusals, whatever the status.
BODIES: Final[Errors] = {ANY_STATUS: Problem}


class Refused(Refusal):
    """A refusal for one of the reasons."""

    def __init__(self, reason: Reason, *, param: str = "", facts: Facts | None = None, detail: str = "") -> None:
        super().__init__(detail)
        self.reason = reason
        self.status = reason.status
        self.param = param
        self.facts = facts


def wrong(param: str, detail: str = "") -> Refused:
    """Return the refusal of a parameter that cannot be read."""
    return Refused(reasons.MALFORMED, param=param, detail=detail)


_SERVERS: Final[Mapping[type[Refusal], Reason]] = {
    Malformed: reasons.MALFORMED,
    Unauthenticated: reasons.UNAUTHENTICATED,
    Replayed: reasons.REPLAYED,
    Forbidden: reasons.FORBIDDEN,
    NotFound: reasons.NOT_FOUND,
    MethodNotAllowed: reasons.METHOD_NOT_ALLOWED,
    BodyTooLarge: reasons.TOO_LARGE,
    RateLimited: reasons.RATE_LIMITED,
    Unavailable: reasons.UNAVAILABLE,
}


def problem_of(error: Exception, request_id: str) -> Problem:
    """Return the body that tells *error*; what is no Refusal is a failure of the venue, of which the outcome is unknown."""
    if isinstance(error, Refused):
        reason, param, facts, detail = error.reason, error.param, error.facts, error.message
    else:
        kinds = type(error).__mro__
        reason = next((_SERVERS[kind] for kind in kinds if kind in _SERVERS), reasons.FAILED)
        param, facts = (error.parameter if isinstance(error, Malformed) else ""), None
        detail = error.message if isinstance(error, Refusal) else ""
    problem = Problem(DOCS + reason.name, reason.title, reason.status, reason.name, request_id)
    if detail:
        problem.detail = detail
    if param:
        problem.param = param
    if facts:
        problem.facts = dict(facts)
    if isinstance(error, RateLimited) and error.requests:
        problem.facts = {"requests": error.requests, "window_ms": error.window_ns // 1_000_000}
    if reason.status >= 500:
        is_unknown = reason is reasons.FAILED or getattr(error, "is_outcome_unknown", False)
        problem.outcome = "unknown" if is_unknown else "not_done"
    return problem


def render_error(request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
    """Return *error* as a problem."""
    problem = problem_of(error, request.request_id)
    return Reply(problem.status, msgspec.json.encode(problem), PROBLEM_ONLY)
