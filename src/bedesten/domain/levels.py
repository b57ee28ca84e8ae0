"""Levels: how far a customer must have proven who they are before something is open to them."""

from __future__ import annotations

import msgspec


class Levels(msgspec.Struct, frozen=True, kw_only=True):
    """The level that each act needs."""

    crypto_deposit: int = 1
    crypto_withdrawal: int = 2
    trade: int = 2
    transfer: int = 2
    fiat_deposit: int = 3
    fiat_withdrawal: int = 3
