-- The index file: derived from the venue's rows, written behind the commits, made anew when it is missing or does not fit.
-- Where an instrument or an asset stands, -1 stands for "any of them": every row is there twice, so that both questions are one
-- range, which is walked from its end and left as soon as enough was met.

CREATE TABLE marks (name TEXT NOT NULL PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE orders_by_account (
    account INTEGER NOT NULL,
    instrument INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    row_id INTEGER NOT NULL,
    PRIMARY KEY (account, instrument, updated_ns, row_id)
) WITHOUT ROWID;

CREATE TABLE orders_by_client (
    account INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    PRIMARY KEY (account, client_id, row_id)
) WITHOUT ROWID;

CREATE TABLE orders_by_number (
    account INTEGER NOT NULL,
    instrument INTEGER NOT NULL,
    order_id INTEGER NOT NULL,
    of_instrument INTEGER NOT NULL,
    row_id INTEGER NOT NULL,
    PRIMARY KEY (account, instrument, order_id)
) WITHOUT ROWID;

CREATE TABLE orders_by_id (order_id INTEGER PRIMARY KEY, row_id INTEGER NOT NULL);

CREATE TABLE fills_by_account (
    account INTEGER NOT NULL,
    instrument INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    fill_id INTEGER NOT NULL,
    PRIMARY KEY (account, instrument, time_ns, fill_id)
) WITHOUT ROWID;

CREATE TABLE fills_by_order (
    order_id INTEGER NOT NULL,
    fill_id INTEGER NOT NULL,
    PRIMARY KEY (order_id, fill_id)
) WITHOUT ROWID;

-- Of orders that ended: a match does not know the client's name of its orders.
CREATE TABLE fills_by_client (
    account INTEGER NOT NULL,
    client_id TEXT NOT NULL,
    instrument INTEGER NOT NULL,
    fill_id INTEGER NOT NULL,
    PRIMARY KEY (account, client_id, instrument, fill_id)
) WITHOUT ROWID;

CREATE TABLE trades_by_instrument (
    instrument INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    trade_id INTEGER NOT NULL,
    PRIMARY KEY (instrument, time_ns, trade_id)
) WITHOUT ROWID;

CREATE TABLE transfers_by_account (
    account INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    asset INTEGER NOT NULL,
    time_ns INTEGER NOT NULL,
    row_id INTEGER NOT NULL,
    PRIMARY KEY (account, reason, asset, time_ns, row_id)
) WITHOUT ROWID;

CREATE TABLE holds_by_account (
    account INTEGER NOT NULL,
    reason INTEGER NOT NULL,
    hold_id INTEGER NOT NULL,
    PRIMARY KEY (account, reason, hold_id)
) WITHOUT ROWID;
