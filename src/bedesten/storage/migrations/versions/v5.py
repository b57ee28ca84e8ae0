"""What services say beside commands, typed, in the journal and in the rows of the money it moved."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import Column, LargeBinary, text

revision: Final = "5"
down_revision: Final = "4"


def upgrade() -> None:
    """Give records notes and origins, and rows their notes; none for what is there."""
    for table, name in (("journal", "notes"), ("journal", "origins"), ("holds", "notes"), ("notes", "notes")):
        op.add_column(table, Column(name, LargeBinary, nullable=False, server_default=text("x''")))
