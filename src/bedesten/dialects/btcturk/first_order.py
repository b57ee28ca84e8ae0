"""A first order to copy into a terminal, signed there. Source: BtcTurk API documents, Authentication V1 and Submit Order."""

from __future__ import annotations

from typing import Final

MARKET: Final = "BTCTRY"
_LINES: Final = """\
stamp=$(date +%s000)
key=$(printf %s 'SECRET' | base64 -d | od -An -tx1 | tr -d ' \\n')
sign=$(printf %s "KEY$stamp" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | base64)
curl -s URL/api/v1/order -H "X-PCK: KEY" -H "X-Stamp: $stamp" -H "X-Signature: $sign" -H 'Content-Type: application/json' \\
  -d '{"quantity":"0.001","price":"1000000","orderMethod":"limit","orderType":"buy","pairSymbol":"BTCTRY"}'
"""


def first_order(url: str, key: str, secret: str) -> str:
    """Return shell lines that place a limit order on the venue at *url*."""
    return _LINES.replace("SECRET", secret).replace("KEY", key).replace("URL", url)
