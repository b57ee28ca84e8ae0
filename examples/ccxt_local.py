"""Trade with ccxt on a venue of your own, and nowhere else: python examples/ccxt_local.py [URL]

Needs a demo venue (`make run`) and ccxt (`pip install ccxt`). `set_sandbox_mode(True)` would replace a client's URLs by those of
BTSE's own testnet, and whatever follows would go there with your keys: here every URL that the client knows is given the venue's
address, and what would leave for another host is refused before it is sent. In a test, take the fixture `ccxt_client` instead:
examples/test_ccxt_bot.py.
"""

import sys

from bedesten.testing.ccxt_clients import LeftTheVenue, assert_stays_on, client_of

HERE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8080"

bot = client_of("btse", HERE, apiKey="demo-trader1-key", secret="gP4cONPWEE5BQ8W+m9W5lEx2U1eW1al1aeScIyPkOi8=")
bot.load_markets()
price = bot.fetch_ticker("BTC/USD")["last"]
bought = bot.create_order("BTC/USD", "market", "buy", 0.001, price)  # ccxt asks for a price: it reckons what is spent
print("bought", bought["symbol"])
print("deposits", len(bot.fetch_deposits("BTC")), "ledger", len(bot.fetch_ledger("BTC")))

bot.set_sandbox_mode(True)  # a mistake, elsewhere
assert_stays_on(bot, HERE)
print("still here:", bot.fetch_balance()["USD"]["total"] > 0)

bot.urls["api"] = {"public": "https://testapi.btse.io", "private": "https://testapi.btse.io"}  # a worse one
try:
    bot.fetch_balance()
except LeftTheVenue as refusal:
    print("guarded:", refusal)
