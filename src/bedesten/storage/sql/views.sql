-- What is derived, and so never stored twice.

-- One row per order half. The maker's side is the other one: buy 1 and sell 2 add up to 3.
CREATE VIEW fills AS
SELECT trade_id * 2 AS fill_id, trade_id, taker_order AS order_id, taker_account AS account, instrument, side,
       0 AS is_maker, price, quantity, notional, taker_fee AS fee, taker_tax AS tax, taker_fee_asset AS fee_asset,
       time_ns, seq
  FROM trades
UNION ALL
SELECT trade_id * 2 + 1, trade_id, maker_order, maker_account, instrument, 3 - side,
       1, price, quantity, notional, maker_fee, maker_tax, maker_fee_asset,
       time_ns, seq
  FROM trades;

-- One row per signed leg; account 1 takes the fees, account 2 the taxes. For each asset the legs of one trade, and of one
-- transfer, sum to zero.
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
SELECT seq, time_ns, to_account, asset, amount, 'transfer', NULL FROM transfers;
