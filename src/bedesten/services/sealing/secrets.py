"""Secrets that the venue draws once for itself: what its addresses follow from, and what it hashes with.

Owns the words of their purposes, which are part of what is stored. A secret is good for use before it is committed only as long
as nothing that follows from it leaves the process.
"""

from __future__ import annotations

from typing import Final

from bedesten.domain.commands import RecordNote
from bedesten.domain.notes import SecretDrawn
from bedesten.services.ports import VENUE, DataKeys
from bedesten.services.sealing.fold_secrets import SecretsFold
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.sequencing.state import VenueState

WALLET_SEED: Final = "wallet seed"  # 32 bytes in hexadecimal digits: deposit addresses are derived from it


def drawn(state: VenueState, vault: DataKeys, name: str) -> str | None:
    """Return the secret of that name; None: none was drawn yet. Raises: SealBroken."""
    note = state.folds.of(SecretsFold).drawn.get(name)
    return None if note is None else vault.sealing(VENUE).unseal(note.secret, purpose(name))


async def keep(sequencer: Sequencer, vault: DataKeys, name: str, secret: str) -> None:
    """Keep a secret that was drawn just now; one that is kept already stays. Raises: Overloaded, Stopped."""
    await sequencer.submit(RecordNote(), notes=(note_of(vault, name, secret),))


def note_of(vault: DataKeys, name: str, secret: str) -> SecretDrawn:
    """Return what the log says of a secret."""
    return SecretDrawn(name, vault.sealing(VENUE).seal(secret, purpose(name)))


def purpose(name: str) -> str:
    """Return what a secret is sealed for."""
    return f"secret {name}"
