"""What the public may see: books, trades, prices, candles."""
