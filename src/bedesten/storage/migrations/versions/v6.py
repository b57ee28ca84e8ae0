"""Keys that seal what is secret in the journal."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import Column, Text

revision: Final = "6"
down_revision: Final = "5"


def upgrade() -> None:
    """Make the table of data keys."""
    op.create_table("data_keys", Column("owner", Text, primary_key=True), Column("sealed", Text, nullable=False))
