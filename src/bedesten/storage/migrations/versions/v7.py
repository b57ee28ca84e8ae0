"""What people did, as the notes in the journal say it: rows of the audit log and of the login logs."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import Column, Integer, LargeBinary, text

revision: Final = "7"
down_revision: Final = "6"


def upgrade() -> None:
    """Make the table; the former one of the audit log stays, and gets no more rows."""
    wholes = [Column(name, Integer, nullable=False) for name in ("seq", "time_ns", "account", "activity")]
    note = Column("note", LargeBinary, nullable=False, server_default=text("x''"))
    op.create_table("noted", Column("row_id", Integer, primary_key=True, autoincrement=False), *wholes, note)
    op.create_index("noted_by_account", "noted", ["account", "row_id"])
