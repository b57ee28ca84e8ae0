"""Which columns and facts hold secrets, and what each is sealed for.

Owns the words of the purposes: they are part of what is stored, and never change.
"""

from __future__ import annotations

from typing import Final

SEALED_META: Final = frozenset({"wallet_seed"})  # facts about the venue that are secrets


def key_purpose(key_text: str) -> str:
    """Return what the secret of an API key is sealed for."""
    return f"secret of API key {key_text}"


def meta_purpose(name: str) -> str:
    """Return what a secret fact about the venue is sealed for."""
    return f"fact {name}"
