"""BITGIN's API on a real port of the living demo: as a broker's page calls it, as a program does, and over a restart."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import re
import time
from pathlib import Path
from typing import Any

import pyotp
import requests
from PIL import Image

from tests.e2e.process import CALL_S, Client, Server, run, serving

PASSWORD = hashlib.sha256(b"correct horse").hexdigest()


class Page:
    """A browser with a page of the broker's in it: it keeps its cookies."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.headers["user-agent"] = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

    def get(self, path: str) -> Any:
        return self.session.get(f"{self.url}{path}", timeout=CALL_S).json()

    def post(self, path: str, **form: Any) -> Any:
        return self.session.post(f"{self.url}{path}", json=form, timeout=CALL_S).json()

    def upload(self, path: str, **fields: str) -> Any:
        out = io.BytesIO()
        Image.new("RGB", (640, 480), "white").save(out, "JPEG")
        files = {"file": ("photo.jpg", out.getvalue(), "image/jpeg")}
        return self.session.post(f"{self.url}{path}", data=fields, files=files, timeout=CALL_S).json()

    def captcha(self) -> dict[str, str]:
        """Return a captcha, read in the demo's outbox as programs do."""
        number = self.get("/v1/captcha/image")["data"]["captchaId"]
        return {"captchaId": number, "captchaNumber": self.message(number)}

    def message(self, to: str) -> str:
        rows = requests.get(f"{self.url}/demo/outbox", timeout=CALL_S).json()
        return str(next(row["body"] for row in rows if row["to"] == to))

    def code(self, to: str) -> str:
        found = re.search(r"\d{6}", self.message(to))
        assert found is not None
        return found.group()


def test_the_first_three_calls_of_every_page(server: Server) -> None:
    """A stranger, then a demo customer who signs in; the envelope is the documented one."""
    page = Page(server.url)
    stranger = page.get("/v1/login_status")
    refused = requests.get(f"{server.url}/v1/user", timeout=CALL_S)
    password = hashlib.sha256(b"bedesten-demo").hexdigest()
    signed_in = page.post("/v1/login", loginName="trader1@bedesten.example", password=password)

    assert list(stranger) == ["code", "msg", "time", "data", "success"] and stranger["data"] == {"isLogin": False}
    assert (refused.status_code, refused.json()["code"]) == (401, 10002)
    assert signed_in["data"]["username"] == "trader1"
    assert page.get("/v1/login_status")["data"] == {"isLogin": True}
    told = page.get("/v1/user")["data"]
    assert (told["email"], told["kycLevel"], told["allowFiatWithdrawal"]) == ("trader1@bedesten.example", 3, True)
    assert page.get("/v1/user/vip_info")["data"]["isVIP"] is False
    assert page.get("/v1/user/login_log")["data"]["dataList"][0]["browser"] == "Firefox 128.0"


def test_a_program_signs_with_the_same_key_as_elsewhere(server: Server, trader2: Client) -> None:
    """btse-* headers over the path, the nonce and the body."""
    trader = trader2.trader
    nonce = str(int(time.time() * 1000))
    signature = hmac.new(trader.secret.encode(), f"/v1/user{nonce}".encode(), hashlib.sha384).hexdigest()
    headers = {"btse-api": trader.key, "btse-nonce": nonce, "btse-sign": signature}

    told = requests.get(f"{server.url}/v1/user", headers=headers, timeout=CALL_S).json()

    assert (told["code"], told["data"]["username"]) == (1, "trader2")


def test_somebody_signs_up_and_rises(tmp_path: Path) -> None:
    """From the first captcha to level 2, with an authenticator; the operator reviews; a restart by a power cut between."""
    data = str(tmp_path / "data")
    with serving(tmp_path, "--demo", "--data", data) as server:
        page = Page(server.url)
        sign_up(page)
        secret = page.get("/v1/user/apply_google_device_authenticator")["data"]["totpKey"]
        bound = page.post(
            "/v1/user/bind_google_device_authenticator", totpKey=secret, totpCode=pyotp.TOTP(secret).now()
        )
        assert bound["data"] == "绑定成功"
        ask_for_level_2(page)
        server.kill()
    with serving(tmp_path, "--demo", "--data", data) as server:
        page.url = server.url
        assert page.get("/v1/kyc/status")["data"]["statusLevel2"] == 2
        shown = json.loads(run("customers", "review", "mei", "2", "approve", "--data", data, "--json").stdout)
        assert shown[0]["level"] == 2
        told = page.get("/v1/user")["data"]
        assert (told["is2FA"], told["kycLevel"], told["allowTrade"], told["allowFiatDeposit"]) == (True, 2, True, False)
        messages = json.loads(run("outbox", "--data", data, "--json").stdout)
        assert any(message["to"] == "mei@example.com" for message in messages)
        assert page.post("/v1/logout")["msg"] == "Logout"
        assert page.post("/v1/login", loginName="mei", password=PASSWORD)["data"]["is2FA"]
        assert page.get("/v1/login_status")["data"] == {"isLogin": False}


def sign_up(page: Page) -> None:
    registered = page.post("/v1/register", username="mei", email="mei@example.com", password=PASSWORD, **page.captcha())
    assert registered["code"] == 1, registered
    assert page.post("/v1/verify", loginName="mei", code=page.code("mei@example.com"))["code"] == 1
    assert page.post("/v1/login", loginName="mei", password=PASSWORD)["data"]["userStatus"] == 1


def ask_for_level_2(page: Page) -> None:
    person = {"name": "王小明", "gender": 1, "birthday": "1990/01/31", "identityNumber": "A123456789"}
    assert page.post("/v1/kyc/basic_data", **person)["code"] == 1
    page.post("/v1/apply_verification_code", loginName="mei", mobilePhone="+886912345678")
    phone = {"mobilePhone": "+886912345678", "code": page.code("+886912345678")}
    assert page.post("/v1/kyc/verify_basic_data", **phone)["code"] == 1
    for kind in range(1, 6):
        assert page.upload("/v1/kyc/image", type=str(kind))["data"]["contentType"] == "image/jpeg"
    answers = {
        "q1": {"value": "investment"},
        "q2": {"value": "no"},
        "q3": {"value": "over_3"},
        "q4": {"value": "over_100"},
    }
    assert page.post("/v1/kyc/apply_level_2", **answers)["code"] == 1


def test_a_large_file_goes_through_and_a_larger_one_is_refused(server: Server) -> None:
    """Four megabytes over the wire; six are not read to their end."""
    page = Page(server.url)
    password = hashlib.sha256(b"bedesten-demo").hexdigest()
    assert page.post("/v1/login", loginName="trader2", password=password)["code"] == 1
    pdf = b"%PDF-1.4\n" + b"\0" * (4 * 1024 * 1024) + b"%%EOF"

    for file, code in ((pdf, -19), (pdf + b"\0" * (2 * 1024 * 1024), -2)):  # who is at level 3 has nothing to show
        files = {"file": ("big.pdf", file, "application/pdf")}
        answer = page.session.post(f"{server.url}/v1/kyc/image", data={"type": "6"}, files=files, timeout=CALL_S)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
