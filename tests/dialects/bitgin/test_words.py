"""Maps between our words and the venue's: literal, and total."""

from __future__ import annotations

from bedesten.dialects.bitgin.endpoints_security import OPERATIONS
from bedesten.dialects.bitgin.refused import REFUSALS, VERDICTS
from bedesten.services.customers.authenticators import Verdict
from bedesten.services.customers.login_log import Activity
from bedesten.services.customers.outcome import Refused


def test_every_refusal_has_words_of_the_venue() -> None:
    """A new reason cannot ship until the dialect has said how it reads."""
    assert set(REFUSALS) == set(Refused)
    assert all(words.code != 1 for words in REFUSALS.values())


def test_every_verdict_on_a_code_has_words() -> None:
    """But for the one that is no refusal."""
    assert set(VERDICTS) == set(Verdict) - {Verdict.RIGHT}


def test_every_activity_has_an_operation_code() -> None:
    """Of those that the documents list."""
    assert set(OPERATIONS) == set(Activity)
    assert all(1000 <= code <= 1031 for code in OPERATIONS.values())
