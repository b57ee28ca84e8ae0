"""What operators and customers did that is no command of the core: a chain of its own."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text

revision: Final = "4"
down_revision: Final = "3"

WHOLE: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Make the table of the audit log."""
    op.create_table(
        "audit",
        Column("seq", WHOLE, primary_key=True, autoincrement=False),
        Column("time_ns", WHOLE, nullable=False),
        *(Column(name, Text, nullable=False) for name in ("actor", "action", "detail")),
        *(Column(name, LargeBinary, nullable=False) for name in ("previous", "checksum")),
    )
