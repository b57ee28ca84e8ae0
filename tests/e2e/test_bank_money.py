"""Money by bank on a real port, with a token login: in, exchanged, out over a network and by bank, over a kill and a restart."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.process import CALL_S, run, serving
from tests.e2e.test_bitgin import Page

WAIT_S = 30  # a block of ERC20 takes three seconds, and five confirm


def told(*arguments: str) -> Any:
    """Run the command line, which must work, and return what it tells."""
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout or "[]")


def signed_in(url: str, name: str) -> Page:
    """Return a page on which a demo customer is signed in."""
    import hashlib

    page = Page(url)
    page.post("/v1/login", loginName=name, password=hashlib.sha256(b"bedesten-demo").hexdigest())
    return page


def balance(page: Page, currency: str) -> float:
    rows = page.get("/v1/wallet/balance")["data"]["balance"]
    return float(next(row["total"] for row in rows if row["currency"] == currency))


def becomes(what: Callable[[], float], wanted: float) -> None:
    end = time.monotonic() + WAIT_S
    while (found := what()) != pytest.approx(wanted, abs=1e-6):
        assert time.monotonic() < end, f"is {found}, should be {wanted}"
        time.sleep(0.3)


def confirm(page: Page, audit: str, name: str) -> Any:
    """Confirm a withdrawal by the code of the newest e-mail, as an operator or a program reads it."""
    rows = requests.get(f"{page.url}/demo/outbox", timeout=CALL_S).json()
    body = next(row["body"] for row in rows if row["to"] == f"{name}@bedesten.example")
    found = re.search(r"(?<!\d)\d{6}(?!\d)", body)
    assert found is not None
    form = {"auditId": audit, "codeEmail": found.group()}
    return page.session.patch(f"{page.url}/v1/wallet/withdraw", json=form, timeout=CALL_S).json()


def test_dollars_come_by_bank_and_leave_as_tether_and_by_bank(tmp_path: Path) -> None:
    """What the operator says by the command line, and what the customer's page asks for; a kill loses nothing of it."""
    data = str(tmp_path / "venue")
    arguments = ("--demo", "--data", data)
    with serving(tmp_path, *arguments) as server:
        page, other = signed_in(server.url, "trader1"), signed_in(server.url, "trader2")
        (bank,) = told("bank", "add", "trader1", "004", "12345678901", "Trader One", "--branch", "0037", "--data", data)
        twd, usdt, others = balance(page, "TWD"), balance(page, "USDT"), balance(other, "USDT")

        for _ in range(2):  # told twice, credited once
            told("bank", "deposit", bank["deposits_to"], "35000", "R-1", "--data", data)
        assert balance(page, "TWD") == twd + 35_000

        quote = page.post("/v1/trade/quote", side="buy", quoteAmountInBase=1000, quoteBaseCurrency="USDT")["data"]
        taken = page.post("/v1/trade/accept", quoteId=quote["quoteId"])["data"]
        while taken["status"] == 30008:  # the demo's prices move
            taken = page.post("/v1/trade/accept", quoteId=taken["quoteId"])["data"]
        assert taken["status"] == 30007 and balance(page, "USDT") == usdt + 1000

        to = other.post("/v1/wallet/address", coinNetwork="USDT-ERC20")["data"]["address"]
        form = {"currency": "USDT", "amount": 1000, "address": to, "paymentWay": "ERC20", "code2FA": ""}
        sent = page.post("/v1/wallet/withdraw", **form)["data"]
        assert confirm(page, sent["auditId"], "trader1")["code"] == 1
        becomes(lambda: balance(other, "USDT"), others + 995)
        becomes(lambda: balance(page, "USDT"), usdt)

        asked = page.post("/v1/wallet/withdraw", currency="TWD", amount=1000, bankId=bank["id"], code2FA="")["data"]
        assert confirm(page, asked["auditId"], "trader1")["data"]["status"] == 17
        (row,) = told("bank", "--data", data)
        assert (row["state"], row["amount"]) == ("confirmed", "985")
        told("bank", "begin", str(row["id"]), "--data", data)
        before = balance(page, "TWD")
        server.kill()

    with serving(tmp_path, *arguments) as server:
        page = signed_in(server.url, "trader1")
        assert balance(page, "TWD") == before
        assert page.post("/v1/wallet/apply_dw_cancel", auditId=asked["auditId"])["code"] == 3521
        told("bank", "paid", str(row["id"]), "--reference", "B-1", "--data", data)
        assert balance(page, "TWD") == pytest.approx(before - 1000)
        rows = page.get("/v1/wallet/historyList?query=%5B%22TWD-1%22,%22TWD-2%22,%22USDT-2%22,%22USDT-3%22%5D")["data"][
            "data"
        ]
        own = [
            (each["type"], each["status"])
            for each in rows
            if each["bankRef"] in ("R-1", "B-1") or each["type"] in (2, 3)
        ]
        assert own == [(2, 10), (2, 10), (3, 10), (1, 10)]

    verdict = run("verify", "--data", data)
    assert verdict.returncode == 0 and "all agree" in verdict.stdout
