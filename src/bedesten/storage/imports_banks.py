"""What older programs kept of customers' bank accounts beside the journal, as the notes that say it today.

They stood there in plain text, so they are removed once they are brought in. Never called for a record of this program.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from bedesten.domain.notes import Note
from bedesten.services.fiat.bank_accounts import BankAccount, note_of
from bedesten.services.ports import Sealing
from bedesten.storage.imports_customers import rows
from bedesten.storage.vault import Vault

KIND: Final = "bank_account"


def bank_accounts(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the bank accounts; their customers were brought in before them."""
    for _, text in rows(connection, KIND):
        yield note_of(msgspec.json.decode(text, type=BankAccount), vault)
