-- Written by `python -m bedesten.storage.schema`; change the tables there.

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

CREATE TABLE audit (
    seq INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    previous BLOB NOT NULL,
    checksum BLOB NOT NULL,
    PRIMARY KEY (seq)
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

CREATE TABLE data_keys (
    owner TEXT NOT NULL,
    sealed TEXT NOT NULL,
    PRIMARY KEY (owner)
);

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
    notes BLOB DEFAULT (x'') NOT NULL,
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
    notes BLOB DEFAULT (x'') NOT NULL,
    origins BLOB DEFAULT (x'') NOT NULL,
    PRIMARY KEY (first_seq)
);

CREATE TABLE meta (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name)
);

CREATE TABLE noted (
    row_id INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    account INTEGER NOT NULL,
    activity INTEGER NOT NULL,
    note BLOB DEFAULT (x'') NOT NULL,
    PRIMARY KEY (row_id)
);

CREATE TABLE notes (
    seq INTEGER NOT NULL,
    text TEXT NOT NULL,
    notes BLOB DEFAULT (x'') NOT NULL,
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

CREATE INDEX noted_by_account ON noted (account, row_id);
