"""The BTSE dialect: spot REST v3.1 to v3.3 and v4, the public API's market data and wallet, and the spot sockets."""
