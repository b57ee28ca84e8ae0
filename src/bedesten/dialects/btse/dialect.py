"""The BTSE dialect: its table of endpoints, and how it authenticates a request. Holds no state but its sockets'.

Source: BTSE spot API v3.2 and v3.3 (v3.1 is answered as v3.2), API Key Permissions; docs.btse.com, spot v4 and
Markets. docs/dialects/btse.md has the state of every endpoint and every deviation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.answers import Answers, defaults
from bedesten.dialects.bodies import Errors
from bedesten.dialects.btse import errors, signature
from bedesten.dialects.btse.choices import CHOICES
from bedesten.dialects.btse.limits import LIMITS
from bedesten.dialects.btse.market import table as market
from bedesten.dialects.btse.otc import table as otc
from bedesten.dialects.btse.parameters import form_of
from bedesten.dialects.btse.shapes import REFUSALS
from bedesten.dialects.btse.sockets import Sockets
from bedesten.dialects.btse.spot import table as spot
from bedesten.dialects.btse.spot.render import Version
from bedesten.dialects.btse.wallet import table as wallet
from bedesten.dialects.contract import (
    Dialect,
    Endpoint,
    Limit,
    Reply,
    Request,
    Signing,
    SocketRoute,
)

if TYPE_CHECKING:
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

#: Versions in the path, the rows they get, and whether the venue has retired them.
VERSIONS: Final = (
    ("v3.3", Version.V3_3, False),
    ("v3.2", Version.V3_2, False),
    ("v3.1", Version.V3_2, True),
)


def endpoints(answers: Answers) -> tuple[Endpoint, ...]:
    """Return the table; *answers*: which of the generations of answers it gives."""
    rows: list[Endpoint] = []
    for version, answers_of, deprecated in VERSIONS:
        rows += market.spot(version, deprecated)
        rows += spot.trading(version, answers_of, deprecated)
        rows += spot.account(version, answers_of, deprecated)
        rows += wallet.spot(version, deprecated, answers)
    rows += [*spot.v4(), *market.public(), *otc.otc(), *otc.public(), *wallet.futures(), *wallet.public()]
    return tuple(rows)


class BtseDialect:
    """BTSE's public API over one venue."""

    name = "btse"
    title = "BTSE"
    ignores_case = False
    error_bodies: Errors = REFUSALS
    signing: Signing | None = Signing(
        algorithm="HMAC-SHA384", secret="utf-8", message=("path", "nonce", "body"), signature="hex",
        key_header="request-api", nonce_header="request-nonce", signature_header="request-sign",
        unsigned_prefixes=signature.PREFIXES,
    )  # fmt: skip

    def __init__(
        self, sockets: Sockets | None = None, limits: Mapping[str, Limit] = LIMITS, answers: Answers | None = None
    ) -> None:
        self.limits = limits
        self.answers: Answers = {**defaults(CHOICES), **(answers or {})}
        self.endpoints: Sequence[Endpoint] = endpoints(self.answers)
        self.sockets: Sequence[SocketRoute] = (sockets or Sockets()).routes

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""
        return path.lower().startswith(("/spot", "/public-api", "/otc", "/futures", "/ws/"))

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Return the key that signed *request*."""
        return signature.authenticate(venue, request, endpoint.permission)

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return the request's parameters."""
        return form_of(endpoint, request, is_strict=self.answers["content_type"] == "json")

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return the venue's shape for *error*."""
        return errors.render_error(request, endpoint, error)


def dialect() -> Dialect:
    """Return the dialect."""
    return BtseDialect()
