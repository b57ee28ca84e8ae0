"""BTSE's wallet: addresses, withdrawals, conversions, transfers and their history, in the spot, futures and public APIs."""
