"""What customers are written, in their language. A message holds no secret but the code that it brings."""

from __future__ import annotations

from typing import Final

DEFAULT: Final = "zh-TW"  # of the venue's own country

_CODE: Final = {
    "en": ("Your verification code", "Your verification code is {code}. It is good for five minutes."),
    "zh": ("驗證碼", "您的驗證碼為 {code},五分鐘內有效。"),
}


def words_of_code(language: str, code: str) -> tuple[str, str]:
    """Return subject and body of the message that brings a code."""
    subject, body = _CODE.get((language or DEFAULT)[:2].lower(), _CODE["en"])
    return subject, body.format(code=code)
