"""What the sandbox refuses, in words for who drives it."""

from __future__ import annotations

from bedesten.services.errors import ServiceError


class SandboxRefused(ServiceError):
    """What was asked of the sandbox cannot be done; the message says why, and nothing was changed unless it says what."""


class NotThere(SandboxRefused):
    """What was named is not there."""


class InTheWay(SandboxRefused):
    """It could be done, but something that belongs to somebody else stands before it."""
