"""BTSE's market data: of the spot API, of the public API, and the order book socket."""
