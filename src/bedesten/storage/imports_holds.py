"""How far withdrawals by bank were, as older programs kept it: brought in as steps beside commands NOTE."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from bedesten.domain.enums import BankStage
from bedesten.domain.notes import BankOrderStep, Note
from bedesten.services.ports import Sealing
from bedesten.storage.vault import Vault

_STAGES: Final = {"sending": BankStage.PAYING, "sent": BankStage.PAID, "failed": BankStage.FAILED}


class _Step(msgspec.Struct, frozen=True):
    stage: str
    payment: str = ""


def bank_steps(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the last step of each withdrawal by bank that the operator had begun to pay, oldest first."""
    for name, value in connection.execute(
        "SELECT r.name, r.value FROM records r JOIN holds h ON h.hold_id = CAST(r.name AS INTEGER)"
        " WHERE r.kind = 'withdrawal' AND substr(h.text, 1, 8) = '{\"bank\":' ORDER BY h.hold_id"
    ).fetchall():
        step = msgspec.json.decode(value, type=_Step)
        if step.stage in _STAGES:
            yield BankOrderStep(int(name), int(_STAGES[step.stage]), step.payment)
