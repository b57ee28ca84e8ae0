"""The `[customers]` table of the venue file. Owns its shape in the file and its translation into terms."""

from __future__ import annotations

from typing import Annotated

import msgspec

from bedesten.domain.levels import Levels

Level = Annotated[int, msgspec.Meta(ge=0, le=3)]
_DEFAULT = Levels()


class LevelsTable(msgspec.Struct, forbid_unknown_fields=True):
    """The level that each act needs."""

    crypto_deposit: Level = _DEFAULT.crypto_deposit
    crypto_withdrawal: Level = _DEFAULT.crypto_withdrawal
    trade: Level = _DEFAULT.trade
    transfer: Level = _DEFAULT.transfer
    fiat_deposit: Level = _DEFAULT.fiat_deposit
    fiat_withdrawal: Level = _DEFAULT.fiat_withdrawal


class CustomersTable(msgspec.Struct, forbid_unknown_fields=True):
    """The table as it stands in the file."""

    levels: LevelsTable = msgspec.field(default_factory=LevelsTable)

    def terms(self) -> Levels:
        """Return the terms."""
        return Levels(**msgspec.structs.asdict(self.levels))
