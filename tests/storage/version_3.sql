-- The tables and views of a store of version 3, as that program made them. Never changed: some operator has one.

CREATE TABLE accounts (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    is_system INTEGER NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE api_keys (
    "key" TEXT NOT NULL,
    secret TEXT NOT NULL,
    account INTEGER NOT NULL,
    permissions INTEGER NOT NULL,
    label TEXT NOT NULL,
    ip_allow_list TEXT NOT NULL,
    expires_ns INTEGER NOT NULL,
    created_ns INTEGER NOT NULL,
    PRIMARY KEY ("key")
);

CREATE TABLE candles (
    instrument INTEGER NOT NULL,
    start_s INTEGER NOT NULL,
    open INTEGER NOT NULL,
    high INTEGER NOT NULL,
    low INTEGER NOT NULL,
    close INTEGER NOT NULL,
    volume_lots INTEGER NOT NULL,
    quote_volume INTEGER NOT NULL,
    PRIMARY KEY (instrument, start_s)
) WITHOUT ROWID;

CREATE TABLE holds (
    hold_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    account INTEGER NOT NULL,
    asset INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    text TEXT NOT NULL,
    ended_ns INTEGER NOT NULL,
    captured INTEGER NOT NULL,
    PRIMARY KEY (hold_id)
);

CREATE TABLE instruments (
    instrument INTEGER NOT NULL,
    base INTEGER NOT NULL,
    quote INTEGER NOT NULL,
    lot_value INTEGER NOT NULL,
    fee_rule INTEGER NOT NULL,
    PRIMARY KEY (instrument)
);

CREATE TABLE journal (
    first_seq INTEGER NOT NULL,
    count INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    format INTEGER NOT NULL,
    commands BLOB NOT NULL,
    texts TEXT NOT NULL,
    outcome INTEGER NOT NULL,
    checksum BLOB NOT NULL,
    PRIMARY KEY (first_seq)
);

CREATE TABLE meta (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE notes (
    seq INTEGER NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (seq)
);

CREATE TABLE orders (
    row_id INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    instrument INTEGER NOT NULL,
    side INTEGER NOT NULL,
    order_type INTEGER NOT NULL,
    time_in_force INTEGER NOT NULL,
    expires_ns INTEGER NOT NULL,
    post_only INTEGER NOT NULL,
    price INTEGER NOT NULL,
    original_price INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    original_quantity INTEGER NOT NULL,
    budget INTEGER NOT NULL,
    filled INTEGER NOT NULL,
    notional INTEGER NOT NULL,
    fee INTEGER NOT NULL,
    tax INTEGER NOT NULL,
    held INTEGER NOT NULL,
    "trigger" INTEGER NOT NULL,
    trigger_price INTEGER NOT NULL,
    original_trigger_price INTEGER NOT NULL,
    trigger_source INTEGER NOT NULL,
    trail INTEGER NOT NULL,
    triggered INTEGER NOT NULL,
    display_ppm INTEGER NOT NULL,
    deviation_ppm INTEGER NOT NULL,
    self_trade INTEGER NOT NULL,
    client_ref INTEGER NOT NULL,
    sibling_id INTEGER NOT NULL,
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    close_reason INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    PRIMARY KEY (row_id)
);

CREATE TABLE records (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, name)
);

CREATE TABLE trades (
    seq INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    trade_id INTEGER NOT NULL,
    instrument INTEGER NOT NULL,
    side INTEGER NOT NULL,
    price INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    notional INTEGER NOT NULL,
    taker_order INTEGER NOT NULL,
    taker_account INTEGER NOT NULL,
    taker_fee INTEGER NOT NULL,
    taker_tax INTEGER NOT NULL,
    taker_remaining INTEGER NOT NULL,
    maker_order INTEGER NOT NULL,
    maker_account INTEGER NOT NULL,
    maker_fee INTEGER NOT NULL,
    maker_tax INTEGER NOT NULL,
    maker_remaining INTEGER NOT NULL,
    taker_fee_asset INTEGER NOT NULL,
    maker_fee_asset INTEGER NOT NULL,
    PRIMARY KEY (trade_id)
);

CREATE TABLE transfers (
    row_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    account INTEGER NOT NULL,
    to_account INTEGER NOT NULL,
    asset INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    PRIMARY KEY (row_id)
);

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
