"""A first order to copy into a terminal, signed there. Source: BTSE spot API v3.3, Authentication."""

from __future__ import annotations

from typing import Final

MARKET: Final = "BTC-USD"
_LINES: Final = """\
nonce=$(date +%s000)
body='{"symbol":"BTC-USD","side":"BUY","type":"LIMIT","price":20000,"size":0.001,"time_in_force":"GTC"}'
sign=$(printf '%s' "/api/v3.3/order$nonce$body" | openssl dgst -sha384 -hmac 'SECRET' | sed 's/^.* //')
curl -s URL/spot/api/v3.3/order -H "request-api: KEY" -H "request-nonce: $nonce" \\
  -H "request-sign: $sign" -H 'Content-Type: application/json' -d "$body"
"""


def first_order(url: str, key: str, secret: str) -> str:
    """Return shell lines that place a limit order on the venue at *url*."""
    return _LINES.replace("SECRET", secret).replace("KEY", key).replace("URL", url)
