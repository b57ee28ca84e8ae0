"""The BtcTurk dialect: its APIs together, and how it tells who asks.

Holds the count of strangers by address, and what the feed shares between its connections; nothing else.
Source: BtcTurk API documents (docs.btcturk.com; the white-label documents of 2020 and 2021), Swagger v1 and v2, Rate Limits, API
Access Permissions. docs/dialects/btcturk.md has the state of every endpoint and every deviation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bedesten.dialects.bodies import Errors
from bedesten.dialects.btcturk import errors, signature, tokens
from bedesten.dialects.btcturk.choices import DEFAULTS
from bedesten.dialects.btcturk.feed.table import Feed
from bedesten.dialects.btcturk.graph import table as graph
from bedesten.dialects.btcturk.limits import LIMITS
from bedesten.dialects.btcturk.parameters import form_of
from bedesten.dialects.btcturk.rest import table as rest
from bedesten.dialects.contract import Dialect, Endpoint, Limit, Reply, Request, Signing, SocketRoute
from bedesten.dialects.refusals import Unauthenticated

if TYPE_CHECKING:
    from bedesten.dialects.answers import Answers
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue


def endpoints(answers: Answers = DEFAULTS) -> tuple[Endpoint, ...]:
    """Return the table without the feed's."""
    return (*rest.endpoints(answers), *graph.endpoints(answers))


class BtcTurkDialect:
    """BtcTurk's API over one venue."""

    name = "btcturk"
    title = "BtcTurk"
    ignores_case = True
    error_bodies: Errors = errors.BODIES
    signing: Signing | None = Signing(
        algorithm="HMAC-SHA256", secret="base64", message=("key", "nonce"), signature="base64",
        key_header="X-PCK", nonce_header="X-Stamp", signature_header="X-Signature",
    )  # fmt: skip

    def __init__(
        self, feed: Feed | None = None, limits: Mapping[str, Limit] = LIMITS, answers: Answers | None = None
    ) -> None:
        self.answers = {**DEFAULTS, **(answers or {})}
        self._strangers = signature.Strangers()
        feed = feed or Feed(strangers=self._strangers, answers=self.answers)
        self.limits = limits
        self.endpoints: Sequence[Endpoint] = (*endpoints(self.answers), *feed.endpoints)
        self.sockets: Sequence[SocketRoute] = feed.routes

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""
        return path.lower().startswith(("/api/v1", "/api/v2", "/api/v3", "/v1/", "/connect/"))

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Return the key that signed *request*, or that its bearer token stands for on v2."""
        address, now_ns = request.client_host, request.received_ns
        self._strangers.check(address, now_ns)
        try:
            key = tokens.bearer(venue, request) if endpoint.bearer else signature.authenticate(venue, request)
            signature.check_permission(key, endpoint.permission)
        except Unauthenticated:
            self._strangers.refuse(address, now_ns)
            raise
        self._strangers.welcome(address)
        return key

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return the request's parameters; an address that is shut out gets nothing, not even what is public."""
        self._strangers.check(request.client_host, request.received_ns)
        return form_of(endpoint, request, is_strict=self.answers["content_type"] == "json")

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return the venue's shape for *error*."""
        return errors.render_error(request, endpoint, error, unauthorized=self.answers["unauthorized"])


def dialect() -> Dialect:
    """Return the dialect."""
    return BtcTurkDialect()
