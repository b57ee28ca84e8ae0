"""What anybody may ask: the clock, what is listed, books, trades, candles and prices."""
