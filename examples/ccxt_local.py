"""Trade with ccxt on a venue of your own, and nowhere else: python examples/ccxt_local.py [URL]

Needs a demo venue (`make run`) and ccxt (`pip install ccxt`). `set_sandbox_mode(True)` would replace the URLs below by those of
BTSE's own testnet, and whatever follows would go there with your keys: here every URL is looked at before anything is sent.
"""

import sys
from urllib.parse import urlsplit

import ccxt

HERE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"


class LocalBtse(ccxt.btse):
    """ccxt.btse that speaks to one host only, whatever its settings say."""

    def fetch(self, url, method="GET", headers=None, body=None):
        """Send a request, unless it would leave for another host."""
        asked, here = urlsplit(url), urlsplit(HERE)
        if (asked.scheme, asked.netloc) != (here.scheme, here.netloc):
            raise ccxt.NotSupported(f"{asked.netloc} is not {here.netloc}: nothing was sent")
        return super().fetch(url, method, headers, body)


bot = LocalBtse(
    {
        "apiKey": "demo-trader1-key",
        "secret": "gP4cONPWEE5BQ8W+m9W5lEx2U1eW1al1aeScIyPkOi8=",
        "urls": {"api": {"public": HERE, "private": HERE}},
    }
)
bot.load_markets()
price = bot.fetch_ticker("BTC/USD")["last"]
bought = bot.create_order("BTC/USD", "market", "buy", 0.001, price)  # ccxt asks for a price: it reckons what is spent
print("bought", bought["symbol"])
print("deposits", len(bot.fetch_deposits("BTC")), "ledger", len(bot.fetch_ledger("BTC")))

bot.set_sandbox_mode(True)  # a mistake
try:
    bot.fetch_balance()
except ccxt.NotSupported as refusal:
    print("guarded:", refusal)
