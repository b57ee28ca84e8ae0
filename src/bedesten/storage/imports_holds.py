"""How far withdrawals were, as older programs kept it: brought in as steps beside commands NOTE."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

import msgspec

from bedesten.domain.enums import BankStage, SendStage
from bedesten.domain.notes import BankOrderStep, Note, WithdrawalStep
from bedesten.services.ports import Sealing
from bedesten.storage.vault import Vault

_STAGES: Final = {"sending": BankStage.PAYING, "sent": BankStage.PAID, "failed": BankStage.FAILED}


_SENT: Final = {
    "approved": SendStage.APPROVED, "sending": SendStage.SENDING, "sent": SendStage.SENT, "failed": SendStage.FAILED,
}  # fmt: skip


class _Step(msgspec.Struct, frozen=True):
    stage: str
    payment: str = ""


def bank_steps(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the last step of each withdrawal by bank that the operator had begun to pay, oldest first."""
    for hold_id, step in _steps(connection, '{"bank":'):
        if step.stage in _STAGES:
            yield BankOrderStep(hold_id, int(_STAGES[step.stage]), step.payment)


def network_steps(connection: sqlite3.Connection, sealing: Sealing, vault: Vault) -> Iterator[Note]:
    """Yield the last step of each withdrawal over a network that had gone on, oldest first."""
    for hold_id, step in _steps(connection, '{"address":'):
        if step.stage in _SENT:
            yield WithdrawalStep(hold_id, int(_SENT[step.stage]), step.payment)


def _steps(connection: sqlite3.Connection, mark: str) -> Iterator[tuple[int, _Step]]:
    for name, value in connection.execute(
        "SELECT r.name, r.value FROM records r JOIN holds h ON h.hold_id = CAST(r.name AS INTEGER)"
        " WHERE r.kind = 'withdrawal' AND substr(h.text, 1, ?) = ? ORDER BY h.hold_id",
        (len(mark), mark),
    ).fetchall():
        yield int(name), msgspec.json.decode(value, type=_Step)
