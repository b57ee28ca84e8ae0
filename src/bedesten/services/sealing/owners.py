"""Whose data key seals what is known of an account's holder.

Owns the words for the owners: they are part of what is stored, and never change.
"""

from __future__ import annotations

from bedesten.services.ports import VENUE


def owner_of(account: int) -> str:
    """Return whose data key seals what is known of an account's holder."""
    return f"customer:{account}"


def owner_or_venue(account: int) -> str:
    """Return whose data key seals what is for an account's holder; for nobody's (0) the venue's."""
    return owner_of(account) if account else VENUE
