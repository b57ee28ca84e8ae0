"""Orders, fills, balances, fees and statements: what a key or a session may ask of its own account."""
