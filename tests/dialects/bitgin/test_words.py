"""Maps between our words and the venue's: literal, and total."""

from __future__ import annotations

from importlib.resources import files

from bedesten.dialects.bitgin.dialect import BitginDialect
from bedesten.dialects.bitgin.endpoints_security import OPERATIONS, UNTOLD
from bedesten.dialects.bitgin.error_map import REFUSALS, VERDICTS
from bedesten.services.customers.authenticators import Verdict
from bedesten.services.customers.login_log import Activity
from bedesten.services.customers.outcome import Refused
from bedesten.simulation.demo import PASSWORD
from tests.dialects.bitgin.stand import sha256


def test_every_refusal_has_words_of_the_venue() -> None:
    """A new reason cannot ship until the dialect has said how it reads."""
    assert set(REFUSALS) == set(Refused)
    assert all(words.code != 1 for words in REFUSALS.values())


def test_every_verdict_on_a_code_has_words() -> None:
    """But for the one that is no refusal."""
    assert set(VERDICTS) == set(Verdict) - {Verdict.RIGHT}


def test_every_activity_has_an_operation_code() -> None:
    """Of those that the documents list, but for what they have no words for."""
    assert set(OPERATIONS) == set(Activity) - UNTOLD
    assert all(1000 <= code <= 1031 or code in (2000, 2001, 3002, 3004) for code in OPERATIONS.values())


def test_the_explorer_signs_in_as_the_demo_s_customer() -> None:
    """The example that it fills in is the demo's password, digested as clients send it."""
    login = next(each for each in BitginDialect().endpoints if each.path == "/v1/login")

    assert login.example == {"loginName": "trader1", "password": sha256(PASSWORD)}


def test_the_explorer_shows_a_captcha_as_a_picture() -> None:
    """What the page looks for is what the endpoint answers with: JPEG in base64, as data.img."""
    page = (files("bedesten.server.pages") / "explorer.html").read_text()

    assert "JSON.parse(text)?.data?.img" in page and '"data:image/jpeg;base64,"' in page
