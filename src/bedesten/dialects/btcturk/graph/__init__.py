"""The graph host: candles, and the data feed of TradingView's charts."""
