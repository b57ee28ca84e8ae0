"""The sandbox's dialect: the table of controls over HTTP, in the house's shapes. It translates; it never decides.

Who may ask: the server looks at where a request comes from, before it comes here; there are no keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from bedesten.dialects.bodies import ANY_STATUS, Errors
from bedesten.dialects.contract import JSON, Endpoint, Limit, Reply, Request, Signing, SocketRoute, decode_params
from bedesten.dialects.refusals import Malformed, NotFound, Refusal, SystemFailure, Unauthenticated, Unavailable
from bedesten.services.errors import Overloaded, ServiceError
from bedesten.services.sandbox import shapes
from bedesten.services.sandbox.controls import CONTROLS, Control
from bedesten.services.sandbox.refusals import InTheWay, NotThere

if TYPE_CHECKING:
    from bedesten.services.sandbox.controls import Driven
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

PREFIX: Final = "/sandbox"
MESSAGE_CHARS_MAX: Final = 500


class Conflict(Refusal):
    """It could be done, but something stands in the way."""

    status = 409


class SandboxDialect:
    """What the driver of a sandbox asks over HTTP."""

    name = "sandbox"
    title = "Sandbox"
    ignores_case = False
    error_bodies: Errors = {ANY_STATUS: shapes.SandboxRefusal}
    signing: Signing | None = None
    sockets: Sequence[SocketRoute] = ()
    limits: Mapping[str, Limit] = {}

    def __init__(self, driven: Driven) -> None:
        self.endpoints: Sequence[Endpoint] = [_row(control, driven) for control in CONTROLS]

    def owns(self, path: str) -> bool:
        """Whether an unknown path is this dialect's to refuse."""
        return path == PREFIX or path.startswith(f"{PREFIX}/")

    def authenticate(self, venue: Venue, request: Request, endpoint: Endpoint) -> ApiKey:
        """Refuse: nothing here belongs to anybody."""
        raise Unauthenticated("there are no keys here")

    def decode(self, endpoint: Endpoint, request: Request) -> Any:
        """Return the request's parameters."""
        return decode_params(endpoint, request)

    def render_error(self, request: Request, endpoint: Endpoint | None, error: Exception) -> Reply:
        """Return *error* in the house's shape; a failure of ours as 503, which nobody takes for a verdict."""
        refusal = error if isinstance(error, Refusal) else SystemFailure("System error")
        status = 503 if isinstance(refusal, SystemFailure) else refusal.status
        body = msgspec.json.encode({"error": type(refusal).__name__, "message": _shortened(refusal.message)})
        return Reply(status, body, (JSON,))


def _shortened(message: str) -> str:
    # what was sent may stand in it
    return message if len(message) <= MESSAGE_CHARS_MAX else f"{message[:MESSAGE_CHARS_MAX]}…"


def _row(control: Control, driven: Driven) -> Endpoint:
    async def call(venue: Venue, request: Request, form: Any) -> Any:
        try:
            return await control.call(driven, form)
        except NotThere as error:
            raise NotFound(str(error)) from error
        except InTheWay as error:
            raise Conflict(str(error)) from error
        except Overloaded as error:
            raise Unavailable(str(error)) from error
        except ServiceError as error:
            raise Malformed(str(error)) from error

    path = f"{PREFIX}/{control.path}" if control.path else PREFIX
    if control.form is None:
        return Endpoint(method="GET", path=path, call=call, response=control.answer, summary=control.summary)
    return Endpoint(
        method="POST", path=path, call=call, reads="body", request=control.form, response=control.answer,
        summary=control.summary, example=dict(control.example),
    )  # fmt: skip
