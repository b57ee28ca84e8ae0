"""Telephone numbers, browsers, passwords and pictures: what customers bring."""

from __future__ import annotations

import asyncio
import io

import pytest
from PIL import Image

from bedesten.services.customers import passwords as rules
from bedesten.services.customers import phones
from bedesten.services.customers.login_log import browser_of
from bedesten.services.customers.messages import words_of_code
from bedesten.services.customers.passwords import WAITING_MAX, Cost, Passwords
from bedesten.services.customers.pictures import content_type_of
from bedesten.services.errors import Overloaded

CHEAP = Cost(1, 8, 1)


@pytest.mark.parametrize("text", ["0912345678", "0912-345-678", "+886 912 345 678", "+886912345678", "(09) 1234-5678"])
def test_a_number_has_one_spelling(text: str) -> None:
    """Whatever it was typed like."""
    assert phones.canonical(text) == "+886912345678"
    assert phones.national("+886912345678") == "0912345678"


@pytest.mark.parametrize("text", ["", "1", "abc", "+886912345678 ext 5", "+1" * 40, "09123456789012345", "+0"])
def test_what_cannot_be_called_is_no_number(text: str) -> None:
    """Too short, too long, of no country, an extension."""
    assert phones.canonical(text) is None


def test_other_countries_have_numbers_too() -> None:
    """With their code."""
    assert phones.canonical("+90 532 123 45 67") == "+905321234567"


def test_a_browser_says_what_it_is_or_nothing() -> None:
    """What cannot be told is left blank."""
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"

    assert browser_of(firefox) == ("Firefox 128.0", "Linux")
    assert browser_of("") == ("", "") and browser_of("x" * 10_000) == ("", "")


async def test_a_password_is_right_or_it_is_not() -> None:
    """Also where there is none to compare with, or what is kept is no hash."""
    passwords = Passwords(CHEAP)
    kept = await passwords.hash("correct horse")

    assert await passwords.is_right("correct horse", kept)
    assert not await passwords.is_right("correct horsf", kept)
    assert not await passwords.is_right("", "") and not await passwords.is_right("x", "no hash")


async def test_two_hashes_of_a_password_differ() -> None:
    """By their salts."""
    passwords = Passwords(CHEAP)

    assert await passwords.hash("correct horse") != await passwords.hash("correct horse")


async def test_more_passwords_than_can_wait_are_refused() -> None:
    """Rather than answered late."""
    passwords = Passwords(CHEAP)

    outcomes = await asyncio.gather(*(passwords.hash("x") for _ in range(WAITING_MAX + 5)), return_exceptions=True)

    assert sum(isinstance(outcome, Overloaded) for outcome in outcomes) == 5
    assert (await passwords.hash("x")).startswith("$argon2id$")


@pytest.mark.parametrize(
    ("text", "is_one"), [("x" * 8, True), ("x" * 7, False), ("x" * 256, True), ("x" * 257, False), ("x\n" * 8, False)]
)
def test_a_password_has_a_length(text: str, is_one: bool) -> None:
    """And characters that can be typed."""
    assert rules.is_acceptable(text) is is_one


def test_a_code_comes_in_the_customers_language() -> None:
    """Chinese unless told, English where we know no better."""
    assert "123456" in words_of_code("", "123456")[1] and words_of_code("", "1")[0] == "驗證碼"
    assert words_of_code("en-GB", "1")[0] == words_of_code("tr", "1")[0] == "Your verification code"


def test_a_picture_is_looked_into_before_it_is_believed() -> None:
    """A PNG called JPEG is a PNG; what follows a whole picture does no harm; a name is not asked."""
    out = io.BytesIO()
    Image.new("L", (3, 3)).save(out, "PNG")

    assert content_type_of(out.getvalue()) == "image/png"
    assert content_type_of(out.getvalue()[:40]) is None
    assert content_type_of(b"MZ" + out.getvalue()) is None
