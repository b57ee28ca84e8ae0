"""A browser in a test: it keeps the venue's cookie, and sends what a page of the venue sends, unless told otherwise."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from bedesten.dialects.native.session.endpoints import secret_of
from bedesten.services.customers.records import Customer
from tests.security.stand import Answer, Sent, Stand

BASE = "/native/v1"
PASSWORD = "eight or more"
_COOKIE = re.compile(r"(__Host-bedesten-\d{8})=([^;]*); Path=/; Max-Age=\d+; HttpOnly; Secure; SameSite=Strict")


@dataclass
class Browser:
    """One browser. *page*: what its requests carry beside the cookie."""

    stand: Stand
    jar: dict[str, str] = field(default_factory=dict)
    csrf: str = ""

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        base: str = BASE,
        without: str = "",
        headers: Any = None,
        **query: Any,
    ) -> Answer:
        """Send a request as a page does; *without*: a header that is left out."""
        content = b"" if body is None else json.dumps(body).encode()
        sent = Sent(method, f"{base}{path}", urlencode(query), content, {
            "host": "127.0.0.1:8080", "sec-fetch-site": "same-origin", "content-type": "application/json",
            "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
        })  # fmt: skip
        if self.jar:
            sent.headers["cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        if self.csrf:
            sent.headers["x-csrf-token"] = self.csrf
        sent.headers |= headers or {}
        sent.headers.pop(without, None)
        answer = await self.stand.send(sent)
        for name, value in answer.headers:
            if name == b"set-cookie":
                found = _COOKIE.fullmatch(value.decode())
                assert found is not None, value
                self.jar[found[1]] = found[2]
                if not found[2]:
                    self.jar, self.csrf = {}, ""
        return answer

    async def sign_in(self, login: str, password: str = PASSWORD) -> Any:
        """Sign in, and return who is signed in."""
        answer = await self.ask("POST", "/session", {"login": login, "password": password})
        assert answer.status == 200, answer.body
        self.csrf = answer.json["csrf_token"]
        return answer.json

    async def step_up(self) -> None:
        """Prove again who is there, by the code that is sent by e-mail."""
        assert (await self.ask("POST", "/session/step_up", {})).json["state"] == "code_sent"
        answer = await self.ask("POST", "/session/step_up", {"code": self.stand_code()})
        assert answer.json["state"] == "proven", answer.body

    def stand_code(self) -> str:
        """Return the last code that was sent by e-mail."""
        for message in self.stand.venue.customers.outbox.messages(20):
            found = re.search(r"\b(\d{6})\b", message.body)
            if message.channel == "email" and found:
                return found[1]
        raise AssertionError("no code was sent")


async def customer(stand: Stand, name: str, level: int = 3) -> Customer:
    """Open an account with a customer whose password is PASSWORD."""
    account = await stand.venue.accounts.open(name)
    kept = await stand.venue.customers.passwords.hash(secret_of(PASSWORD))
    return await stand.venue.customers.introduce(account.id, f"{name}@bedesten.example", kept, level=level)
