"""What services keep beside the journal, and what was journaled beside a transfer."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, Text

revision: Final = "3"
down_revision: Final = "2"

WHOLE: Final = BigInteger().with_variant(Integer(), "sqlite")


def upgrade() -> None:
    """Make the tables of notes and records."""
    op.create_table(
        "notes", Column("seq", WHOLE, primary_key=True, autoincrement=False), Column("text", Text, nullable=False)
    )
    op.create_table(
        "records",
        Column("kind", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        Column("value", Text, nullable=False),
    )
