"""What a dialect or the server may refuse on the wire, and nothing else: every one is expected and has a documented shape.

A dialect derives its own from Refusal and turns all of them into its venue's shape in render_error. The core's own refusals are
RejectReason values, not exceptions; dialects translate those.
"""

from __future__ import annotations

from bedesten.services.errors import OutcomeUnknown, OutOfRange, Overloaded, Stopped, StoreFailure


class Refusal(Exception):
    """An expected failure that the customer is told of, in the dialect's words."""

    status = 400  # what plain HTTP would say; a dialect may know better

    def __init__(self, message: str = "") -> None:
        super().__init__(message)
        self.message = message


class Malformed(Refusal):
    """The request cannot be read: broken JSON, a wrong type, contradicting headers."""

    def __init__(self, message: str, parameter: str = "") -> None:
        super().__init__(message)
        self.parameter = parameter  # which one, where it is known; "" otherwise


class UnfitText(Malformed):
    """A text that is to be kept holds what cannot be: control characters, or half a character."""


class Unauthenticated(Refusal):
    """Nobody we know: no key, a wrong signature, an old nonce, an address the key does not allow."""

    status = 401


class Replayed(Unauthenticated):
    """Signed by somebody we know, and the same as a request that came before: nothing proves that it is meant twice."""


class Forbidden(Refusal):
    """Somebody we know, who may not do this."""

    status = 403


class NotFound(Refusal):
    """No endpoint has this path."""

    status = 404


class MethodNotAllowed(Refusal):
    """The path is known, but not with this method."""

    status = 405

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class BodyTooLarge(Refusal):
    """More bytes than the server reads."""

    status = 413


class RateLimited(Refusal):
    """Too many requests."""

    status = 429

    def __init__(
        self, message: str, retry_after_s: int, *, requests: int = 0, window_ns: int = 0, is_by_address: bool = False
    ) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        self.requests = requests  # of the window that had no room: how many it admits, 0 when it is not told
        self.window_ns = window_ns
        self.is_by_address = is_by_address


class Unavailable(Refusal):
    """Busy or stopping: nothing was done, and the request may be sent again, unless its outcome is unknown."""

    status = 503

    def __init__(self, message: str, *, is_outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.is_outcome_unknown = is_outcome_unknown


class SystemFailure(Refusal):
    """A bug of ours, already logged under the request's id; its message is safe to show."""

    status = 500


def refusal_of(error: BaseException) -> Refusal | None:
    """Return what a failure that is foreseen is told as; None: it is a bug."""
    match error:
        case Refusal():
            return error
        case Overloaded():
            return Unavailable("busy; try again")
        case OutcomeUnknown():
            return Unavailable("stopping; the outcome is unknown", is_outcome_unknown=True)
        case Stopped():
            return Unavailable("stopping")
        case OutOfRange():
            return Malformed(str(error))
        case StoreFailure():
            return Unavailable("this cannot be looked up now")
    return None
