"""Telephone numbers: by the rules of the country they are of. One spelling for each: E.164, "+886912345678"."""

from __future__ import annotations

from typing import Final

REGION: Final = "TW"  # of numbers without a country's code
CHARS_MAX: Final = 32


def canonical(text: str) -> str | None:
    """Return the one spelling of a number that can be called, or None."""
    import phonenumbers  # a twentieth of a second

    if len(text) > CHARS_MAX:
        return None
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(number: str) -> str:
    """Return a canonical number as it is dialed at home, digits only: "0912345678"."""
    import phonenumbers

    parsed = phonenumbers.parse(number, None)
    text = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(char for char in text if char.isdigit())
