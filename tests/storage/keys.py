"""API keys as a venue keeps them: notes in the journal, their secrets sealed."""

from __future__ import annotations

from array import array

from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.enums import Op
from bedesten.domain.notes import KeySaved
from bedesten.services.log import recover
from bedesten.services.ports import EDGES, Batch
from bedesten.services.sealing.secrets import WALLET_SEED, drawn
from bedesten.storage.purposes import key_purpose
from bedesten.storage.sqlite import SqliteStore


def keep_key(store: SqliteStore, key: str, secret: str) -> None:
    """Journal a key of account 16, as the service does."""
    seq = store.last_seq + 1
    row = array("q", [int(Op.NOTE), seq, seq, *[0] * (COMMAND_WIDTH - 3)])
    sealed = store.vault.sealing(EDGES).seal(secret, key_purpose(key))
    store.commit(
        Batch(
            first_seq=seq, count=1, time_ns=seq, commands=row.tobytes(), texts={}, events=b"", closed=b"", closed_texts=[],
            notes=[(0, KeySaved(key, 16, 1, sealed))],
        )
    )  # fmt: skip


def kept_keys(store: SqliteStore) -> dict[str, str]:
    """Return every key that was journaled, with its secret opened. Raises: SealBroken."""
    saved = [note for batch in store.batches(0) for _, note in batch.notes if isinstance(note, KeySaved)]
    return {note.key: store.vault.sealing(EDGES).unseal(note.secret, key_purpose(note.key)) for note in saved}


def kept_seed(store: SqliteStore) -> str | None:
    """Return the seed of the wallets that was journaled, opened. Raises: SealBroken."""
    return drawn(recover(store), store.vault, WALLET_SEED)
