"""Money reserved for what is not an order."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision: Final = "2"
down_revision: Final = "1"

WHOLE: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Make the table of holds."""
    op.create_table(
        "holds",
        Column("hold_id", WHOLE, primary_key=True, autoincrement=False),
        *(Column(name, WHOLE, nullable=False) for name in ("seq", "time_ns", "account", "asset", "amount", "reason")),
        Column("text", Text, nullable=False),
        *(Column(name, WHOLE, nullable=False) for name in ("ended_ns", "captured")),
    )
