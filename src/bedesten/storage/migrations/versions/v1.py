"""The first tables: journal and rows, accounts and keys."""

from __future__ import annotations

from typing import Final

from alembic import op
from sqlalchemy import BigInteger, Column, Integer, LargeBinary, Text

revision: Final = "1"
down_revision: Final = None

WHOLE: Final = BigInteger().with_variant(Integer(), "sqlite")

ORDER: Final = """order_id account instrument side order_type time_in_force expires_ns post_only price original_price quantity
original_quantity budget filled notional fee tax held trigger trigger_price original_trigger_price trigger_source trail
triggered display_ppm deviation_ppm self_trade client_ref sibling_id created_ns updated_ns close_reason seq"""
TRADE: Final = """instrument side price quantity notional taker_order taker_account taker_fee taker_tax taker_remaining
maker_order maker_account maker_fee maker_tax maker_remaining taker_fee_asset maker_fee_asset"""

FILLS: Final = """
CREATE VIEW fills AS
SELECT trade_id * 2 AS fill_id, trade_id, taker_order AS order_id, taker_account AS account, instrument, side,
       0 AS is_maker, price, quantity, notional, taker_fee AS fee, taker_tax AS tax, taker_fee_asset AS fee_asset,
       time_ns, seq
  FROM trades
UNION ALL
SELECT trade_id * 2 + 1, trade_id, maker_order, maker_account, instrument, 3 - side,
       1, price, quantity, notional, maker_fee, maker_tax, maker_fee_asset,
       time_ns, seq
  FROM trades"""

POSTINGS: Final = """
CREATE VIEW postings AS
SELECT f.seq, f.time_ns, f.account, i.base AS asset,
       CASE f.side WHEN 1 THEN 1 ELSE -1 END * f.quantity * i.lot_value AS amount, 'base' AS leg, f.trade_id
  FROM fills f JOIN instruments i USING (instrument)
UNION ALL
SELECT f.seq, f.time_ns, f.account, i.quote, CASE f.side WHEN 1 THEN -1 ELSE 1 END * f.notional, 'quote', f.trade_id
  FROM fills f JOIN instruments i USING (instrument)
UNION ALL
SELECT seq, time_ns, account, fee_asset, -fee, 'fee', trade_id FROM fills WHERE fee <> 0
UNION ALL
SELECT seq, time_ns, 1, fee_asset, fee, 'fee', trade_id FROM fills WHERE fee <> 0
UNION ALL
SELECT seq, time_ns, account, fee_asset, -tax, 'tax', trade_id FROM fills WHERE tax <> 0
UNION ALL
SELECT seq, time_ns, 2, fee_asset, tax, 'tax', trade_id FROM fills WHERE tax <> 0
UNION ALL
SELECT seq, time_ns, account, asset, -amount, 'transfer', NULL FROM transfers
UNION ALL
SELECT seq, time_ns, to_account, asset, amount, 'transfer', NULL FROM transfers"""


def key(name: str) -> Column[int]:
    """Return a whole number that a row is known by."""
    return Column(name, WHOLE, primary_key=True, autoincrement=False)


def named(name: str) -> Column[str]:
    """Return a text that a row is known by."""
    return Column(name, Text, primary_key=True)


def wholes(names: str) -> list[Column[int]]:
    """Return whole numbers that are always there."""
    return [Column(name, WHOLE, nullable=False) for name in names.split()]


def text(name: str) -> Column[str]:
    """Return a text that is always there."""
    return Column(name, Text, nullable=False)


def upgrade() -> None:
    """Make what the first version had."""
    op.create_table("meta", named("name"), text("value"))
    op.create_table(
        "journal",
        key("first_seq"),
        *wholes("count time_ns format"),
        Column("commands", LargeBinary, nullable=False),
        text("texts"),
        *wholes("outcome"),
        Column("checksum", LargeBinary, nullable=False),
    )
    op.create_table("orders", key("row_id"), *wholes(ORDER), text("client_id"))
    op.create_table("trades", *wholes("seq time_ns"), key("trade_id"), *wholes(TRADE))
    op.create_table("transfers", key("row_id"), *wholes("seq time_ns account to_account asset amount reason"))
    op.create_table("instruments", key("instrument"), *wholes("base quote lot_value fee_rule"))
    prices = "open high low close volume_lots quote_volume"
    op.create_table("candles", key("instrument"), key("start_s"), *wholes(prices), sqlite_with_rowid=False)
    op.create_table("accounts", key("id"), Column("name", Text, nullable=False, unique=True), *wholes("is_system"))
    op.create_table(
        "api_keys",
        named("key"),
        text("secret"),
        *wholes("account permissions"),
        text("label"),
        text("ip_allow_list"),
        *wholes("expires_ns created_ns"),
    )
    op.execute(FILLS)
    op.execute(POSTINGS)
