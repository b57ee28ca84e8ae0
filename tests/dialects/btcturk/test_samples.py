"""The documents' own samples, written anew, against a listening server: what Python and PHP programs send, header for header."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.dialects.btcturk.stand import Stand
from tests.dialects.btcturk.test_ccxt import live

__all__ = ["live"]

EVERY_CURRENCY = ["btc", "try", "usdt", "xrp"]


class Program:
    """A program that follows the Python samples: whole seconds for a stamp, a JSON content type on everything."""

    def __init__(self, base: str, key: str, secret: str) -> None:
        self.base, self.key, self.secret = base, key, base64.b64decode(secret)
        self.session = requests.Session()

    def send(self, method: str, path: str, **body: Any) -> Any:
        stamp = str(int(time.time()) * 1000)  # noqa: TID251  what the sample does
        digest = hmac.new(self.secret, f"{self.key}{stamp}".encode(), hashlib.sha256).digest()
        headers = {
            "X-PCK": self.key, "X-Stamp": stamp, "X-Signature": base64.b64encode(digest).decode(),
            "Content-Type": "application/json",
        }  # fmt: skip
        answer = self.session.request(method, self.base + path, headers=headers, timeout=10, **body)
        assert answer.status_code == 200, answer.text
        return answer.json()


def walk(base: str, key: str, secret: str) -> dict[str, Any]:
    """Do what the samples do, one after another."""
    program = Program(base, key, secret)
    try:
        form = {
            "quantity": 0.001, "price": 500000, "stopPrice": 0, "newOrderClientId": "BtcTurk Python API Test",
            "orderMethod": "limit", "orderType": "sell", "pairSymbol": "BTC_TRY",
        }  # fmt: skip
        placed = program.send("POST", "/api/v1/order", json=form)
        seen = {
            "placed": placed,
            "ticker": program.send("GET", "/api/v2/ticker?pairSymbol=BTC_TRY"),
            "book": program.send("GET", "/api/v2/orderbook?pairSymbol=BTC_TRY"),
            "trades": program.send("GET", "/api/v2/trades?pairSymbol=BTC_TRY&last=50"),
            "days": program.send("GET", "/v1/ohlcs?pair=BTC_TRY"),
            "balances": program.send("GET", "/api/v1/users/balances"),
            "fills": program.send(
                "GET", "/api/v1/users/transactions/trade?type=buy&type=sell&symbol=btc&symbol=try&symbol=usdt"
            ),
            "crypto": program.send("GET", "/api/v1/users/transactions/crypto"),
            "fiat": program.send("GET", "/api/v1/users/transactions/fiat"),
            "open": program.send("GET", "/api/v1/openOrders?pairSymbol=BTC_TRY"),
            "all": program.send("GET", "/api/v1/allOrders?pairSymbol=BTC_TRY"),
        }
        # btcturk-api repeats the number in a JSON body
        number = placed["data"]["id"]
        seen["canceled"] = program.send("DELETE", f"/api/v1/order?id={number}", json={"id": number})
        return seen
    finally:
        program.session.close()


async def test_the_python_samples_run(live: tuple[Stand, str]) -> None:
    """All of them within one second or two, so that the same stamp is sent again and again."""
    stand, url = live
    alice = await stand.customer("alice")

    seen = await asyncio.to_thread(walk, url, alice.key, alice.secret)

    assert seen["placed"]["data"]["newOrderClientId"] == "BtcTurk Python API Test"
    assert [row["id"] for row in seen["open"]["data"]["asks"]] == [seen["placed"]["data"]["id"]]
    assert [row["status"] for row in seen["all"]["data"]] == ["Untouched"]
    assert seen["ticker"]["data"][0]["pair"] == "BTCTRY"
    assert seen["book"]["data"]["asks"] == [["500000", "0.00100000"]]
    assert {row["asset"].lower() for row in seen["balances"]["data"]} == set(EVERY_CURRENCY)
    assert seen["canceled"] == {"success": True, "message": "SUCCESS", "code": 0}
    assert (seen["fills"]["data"], seen["trades"]["data"], seen["days"]) == ([], [], [])
    assert len(seen["crypto"]["data"]) == 3 and len(seen["fiat"]["data"]) == 1


# What PHP's curl sends for the Submit Order sample: its text is no JSON at all.
PHP_BODY = (
    b"{ 'quantity' : '0.12345678', 'price' : '50000', 'stopPrice' : 0, newOrderClientId: 'BtcTurk API PHPClient', "
    b"'orderMethod':'limit', 'orderType':'sell', 'pairSymbol':'BTC_TRY' }"
)

PHP: Callable[[str, str, str], str] = """<?php
function send($method, $path, $body = null) {{
    $stamp = time() * 1000;
    $signature = base64_encode(hash_hmac('sha256', '{1}' . $stamp, base64_decode('{2}'), true));
    $curl = curl_init('{0}' . $path);
    curl_setopt_array($curl, [CURLOPT_CUSTOMREQUEST => $method, CURLOPT_RETURNTRANSFER => 1, CURLOPT_HTTPHEADER => [
        'X-PCK: {1}', 'X-Stamp: ' . $stamp, 'X-Signature: ' . $signature, 'Cache-Control: no-cache',
        'Content-Type: application/json']]);
    if ($body !== null) {{ curl_setopt($curl, CURLOPT_POSTFIELDS, $body); }}
    return json_decode(curl_exec($curl), true);
}}
$placed = send('POST', '/api/v1/order', file_get_contents('php://stdin'));
$number = $placed['data']['id'];
echo json_encode([$placed, send('GET', '/api/v1/users/balances'), send('DELETE', '/api/v1/order?id=' . $number)]);
""".format


async def test_the_php_samples_requests_are_understood(live: tuple[Stand, str]) -> None:
    """Byte for byte, with the headers that PHP's curl sends: here by hand, so that it is tested without PHP as well."""
    stand, url = live
    alice = await stand.customer("alice")
    program = Program(url, alice.key, alice.secret)
    try:
        placed = await asyncio.to_thread(program.send, "POST", "/api/v1/order", data=PHP_BODY)
    finally:
        program.session.close()

    assert (placed["data"]["quantity"], placed["data"]["price"]) == ("0.12345678", "50000")


@pytest.mark.skipif(shutil.which("php") is None, reason="there is no PHP here")
async def test_the_php_samples_run(live: tuple[Stand, str], tmp_path: Path) -> None:
    """By PHP itself, where there is one."""
    stand, url = live
    alice = await stand.customer("alice")
    script = tmp_path / "sample.php"
    script.write_text(PHP(url, alice.key, alice.secret))

    ran = await asyncio.to_thread(
        subprocess.run, ["php", str(script)], input=PHP_BODY, capture_output=True, check=True, timeout=30
    )

    placed, balances, canceled = json.loads(ran.stdout)
    assert placed["data"]["newOrderClientId"] == "BtcTurk API PHPClient"
    assert balances["success"] and canceled["success"]
