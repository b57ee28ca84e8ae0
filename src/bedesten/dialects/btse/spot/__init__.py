"""BTSE's spot API: orders, fills, fees and balances, in v3.1 to v3.3 and v4, and the socket that tells of them."""
