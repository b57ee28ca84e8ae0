"""Money that waits for a word: transfers by a link in an e-mail and withdrawals by bank, in steps that may be repeated.

Neither carries an id of the client's. Each has an amount of its own instead, by which the operator's list of holds and the
journal tell whether it was taken. What the server did not answer is asked again after the next start.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from tests.torture.books import Breach, Matter
from tests.torture.stage import Customer
from tests.torture.wires import Operator, Wire

SUCCESS: Final = 1
WITHDRAW: Final = "/v1/wallet/withdraw"
OPERATE: Final = "/v1/capital/wallet/operation"
MESSAGES: Final = 60  # the newest, among which each customer's last one is
SCALE: Final = 2  # of TWD
KINDS: Final = 10  # the last digit of BITGIN's audit ids says of what they are
KIND: Final = {"transfer": 6, "bank": 2}
STEPS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("transfer", "sent"): ("ask", "confirm", "carry_out"),
    ("transfer", "canceled"): ("ask", "cancel"),
    ("bank", "paid"): ("ask", "confirm", "begin", "paid"),
    ("bank", "failed"): ("ask", "confirm", "begin", "failed"),
    ("bank", "canceled"): ("ask", "confirm", "cancel"),
}


def units_of(amount: str | Decimal) -> int:
    """Return an amount of TWD in minor units."""
    return int(Decimal(amount) * 10**SCALE)


@dataclass
class Clerk:
    """Takes the steps of one customer's matters, as the customer and as the operator."""

    wire: Wire
    operator: Operator
    customer: Customer
    peers: list[Customer]
    steps: dict[str, Callable[[Matter], None]] = field(init=False)

    def __post_init__(self) -> None:
        self.steps = {
            "ask": self._ask, "confirm": self._confirm, "carry_out": self._carry_out, "cancel": self._cancel,
            "begin": self._begin, "paid": self._paid, "failed": self._failed,
        }  # fmt: skip

    def take(self, matter: Matter) -> None:
        """Take the next step of a matter. Raises: GONE, Breach."""
        row = STEPS[matter.kind, matter.wish]
        step = row[matter.at]
        matter.is_asked = True
        self.steps[step](matter)
        matter.is_asked = False
        matter.at += 1
        matter.is_over = matter.at == len(row)

    def find(self, matter: Matter) -> None:
        """Find out what became of a step that nobody answered. Raises: GONE, Breach."""
        if matter.at == 0:
            held = self.held().get(matter.units)
            matter.is_known, matter.is_asked = held is not None, False
            matter.is_over = held is None
            if held is not None:
                # Its e-mail may never have been written: the customer takes it back.
                matter.hold, matter.wish, matter.at = held, "canceled", len(STEPS[matter.kind, "canceled"]) - 1
            return
        matter.is_repeated = True
        self.take(matter)

    def held(self) -> dict[int, int]:
        """Return the number of each hold of the customer's by its amount."""
        rows = self.operator.ask("holds", account=self.customer.name)
        return {units_of(row["amount"]): int(row["id"]) for row in rows if row["asset"] == "TWD"}

    def _ask(self, matter: Matter) -> None:
        amount = str(Decimal(matter.units).scaleb(-SCALE))
        if matter.kind == "transfer":
            to = self.peers[matter.to]
            line = {"asset": "TWD", "wallet": "SPOT@", "amount": amount}
            form: dict[str, Any] = {
                "operation": "TRANSFER", "fromUser": self.customer.name, "fromWallet": [line], "receiver": to.name,
                "receiverEmail": to.email,
            }  # fmt: skip
            number = self._done("POST", OPERATE, body=form)
        else:
            form = {"currency": "TWD", "amount": amount, "bankId": self.customer.bank_account, "code2FA": ""}
            number = self._done("POST", WITHDRAW, body=form)["auditId"]
        matter.audit, matter.hold, matter.is_known = str(number), int(number) // KINDS, True

    def _confirm(self, matter: Matter) -> None:
        body = self._newest_message()
        if matter.kind == "transfer":
            code = re.search(r"code=([0-9a-f-]+)", body)
            if code is None:
                raise Breach(f"the newest message to {self.customer.name} has no link: {body}")
            status, leads = self.wire.bitgin("GET", "/v1/validate/emailtransfer", f"code={code.group(1)}")
            if status != 302 or "type=confirm" not in leads:
                raise Breach(f"the link of {matter} leads to {status} {leads}")
            return
        digits = re.search(r"(?<!\d)\d{6}(?!\d)", body)
        if digits is None:
            raise Breach(f"the newest message to {self.customer.name} has no code: {body}")
        self._done("PATCH", WITHDRAW, body={"auditId": matter.audit, "codeEmail": digits.group()})

    def _newest_message(self) -> str:
        rows = self.operator.ask("outbox", limit=MESSAGES)
        return next((str(row["body"]) for row in rows if row["to"] == self.customer.email), "")

    def _carry_out(self, matter: Matter) -> None:
        self._done("GET", "/v1/validate/transfer_confirm", f"balance_audit_id={matter.audit}")

    def _cancel(self, matter: Matter) -> None:
        if matter.kind == "bank":
            self._done("POST", "/v1/wallet/apply_dw_cancel", body={"auditId": self._audit(matter)})
            return
        _, answer = self.wire.bitgin("GET", "/v1/capital/transfer/cancel", f"id={self._audit(matter)}")
        if answer["code"] != SUCCESS and not (matter.is_repeated and matter.units not in self.held()):
            raise Breach(f"{matter} was not canceled: {answer}")

    def _audit(self, matter: Matter) -> str:
        return matter.audit or str(matter.hold * KINDS + KIND[matter.kind])

    def _begin(self, matter: Matter) -> None:
        self.operator.ask("begin_bank_withdrawal", id=matter.hold)

    def _paid(self, matter: Matter) -> None:
        self.operator.ask("bank_withdrawal_paid", id=matter.hold, reference=matter.reference)

    def _failed(self, matter: Matter) -> None:
        self.operator.ask("bank_withdrawal_failed", id=matter.hold)

    def _done(self, method: str, path: str, query: str = "", body: Any = None) -> Any:
        status, answer = self.wire.bitgin(method, path, query, body)
        if status != 200 or answer["code"] != SUCCESS:
            raise Breach(f"{method} {path} {query or body} is refused: {answer}")
        return answer["data"]
