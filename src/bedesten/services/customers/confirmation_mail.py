"""The e-mails that bring a confirmation's code, in the customer's language."""

from __future__ import annotations

from typing import Final

from bedesten.services.customers import Customers
from bedesten.services.ports import Outbox

DEFAULT: Final = "zh"
_WORDS: Final = {
    ("withdrawal", "en"): ("Confirm your withdrawal", "Your code is {code}. It is good for 30 minutes."),
    ("withdrawal", "zh"): ("提領確認", "您的驗證碼為 {code},三十分鐘內有效。"),
    ("transfer", "en"): ("Confirm your transfer", "Follow /v1/validate/emailtransfer?code={code} within 30 minutes."),
    ("transfer", "zh"): ("轉帳確認", "請於三十分鐘內前往 /v1/validate/emailtransfer?code={code} 確認。"),
}


class ConfirmationMail:
    """Sends them."""

    def __init__(self, customers: Customers, outbox: Outbox) -> None:
        self._customers = customers
        self._outbox = outbox

    async def __call__(self, account: int, about: str, code: str) -> None:
        """Send a code to the customer of an account; to nobody where there is none.

        Raises: Overloaded, Stopped.
        """
        customer = self._customers.of_account(account)
        if customer is None:
            return
        language = (customer.language or DEFAULT)[:2].lower()
        subject, body = _WORDS.get((about, language)) or _WORDS[about, "en"]
        await self._outbox.send("email", customer.email, subject, body.format(code=code), account=account)
