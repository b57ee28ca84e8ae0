"""The BITGIN dialect: how a request is authenticated and decoded, and the second spelling of every path.

Source: BITGIN API (BTSE's document for the broker): paths, envelope, Authentication. docs/dialects/bitgin.md has the
state of every endpoint and every deviation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.bitgin import authentication, errors, table
from bedesten.dialects.bitgin.limits import LIMITS
from bedesten.dialects.bitgin.multipart import parse_form
from bedesten.dialects.bitgin.shapes_answers import RefusalAnswer
from bedesten.dialects.bodies import ANY_STATUS, Errors
from bedesten.dialects.contract import (
    Dialect,
    Endpoint,
    Limit,
    Reply,
    Request,
    Signing,
    SocketRoute,
    decode_params,
)

if TYPE_CHECKING:
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

#: Paths below /v1 that another venue of the house has.
FOREIGN: Final = ("/v1/ohlcs", "/v1/klines")


def endpoints() -> tuple[Endpoint, ...]:
    """Return the table: every path as the documents have it, and below the prefix of the venue's own host."""
    rows = table.rows()
    return (*rows, *(_prefixed(row) for row in rows))


def _prefixed(row: Endpoint) -> Endpoint:
    return replace(row, path=errors.PREFIX + row.path, group=f"{row.group} (below {errors.PREFIX})", deprecated=True)


class BitginDialect:
    """BITGIN's API over one venue."""

    name = "bitgin"
    title = "BITGIN"
    ignores_case = False
    error_bodies: Errors = {ANY_STATUS: RefusalAnswer}
    signing: Signing | None = Signing(
        algorithm="HMAC-SHA384", secret="utf-8", message=("path", "nonce", "body"), signature="hex",
        key_header="btse-api", nonce_header="btse-nonce", signature_header="btse-sign",
        unsigned_prefixes=(errors.PREFIX,),
    )  # fmt: skip

    def __init__(self, limits: Mapping[str, Limit] = LIMITS) -> None:
        self.limits = limits
        self.endpoints: Sequence[Endpoint] = tuple(_noting(row) for row in endpoints())
        self.sockets: Sequence[SocketRoute] = ()

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""
        return path.startswith(("/v1/", errors.PREFIX + "/")) and not path.lower().startswith(FOREIGN)

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Return the key that signed *request*, or that its session stands for."""
        return authentication.authenticate(venue, request, endpoint.permission)

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return the request's parameters."""
        if endpoint.reads == "form":
            assert endpoint.request is not None, "a form has fields"
            form = parse_form(request)
            given = {**form.fields, "file": form.file, "filename": form.filename}
            return endpoint.request(
                **{name: given[name] for name in endpoint.request.__struct_fields__ if name in given}
            )
        return decode_params(endpoint, request)

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return the venue's envelope for *error*."""
        return errors.render_error(request, endpoint, error)


def _noting(row: Endpoint) -> Endpoint:
    """Return the row with a call that keeps a sign of life of the session it is made in."""
    call = row.call

    async def noted(venue: Venue, request: Request, form: Any) -> Any:
        session = authentication.session_of(venue, request)
        if session is not None:
            await venue.customers.sessions.note(session)
        return await call(venue, request, form)

    return replace(row, call=noted)


def dialect() -> Dialect:
    """Return the dialect."""
    return BitginDialect()
