"""The one error of the core: a bug. Expected refusals are events."""

from __future__ import annotations


class InvariantError(Exception):
    """Something that cannot be has happened. The process stops before the next commit; state is what the journal
    says."""
