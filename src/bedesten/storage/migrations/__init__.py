"""How the tables came to be what they are: one Alembic revision a version, applied in order to a store of an older one."""

from bedesten.storage.migrations.upgrade import upgrade

__all__ = ["upgrade"]
