"""What BTSE's documents, or its venue at different times, have answered in more than one way: the table of choices."""

from __future__ import annotations

from typing import Final

from bedesten.dialects.answers import Choice

CHOICES: Final = (
    Choice(
        name="wallet_history",
        values=("words", "numbers"),
        meaning="`status` and `type` of `user/wallet_history` are words, or numbers",
        source="words: documents since 2024, and the live venue; numbers: wallet API v1.1.0, November 2022",
    ),
    Choice(
        name="content_type",
        values=("any", "json"),
        meaning="a JSON body is read whatever its Content-Type says, or refused with 415 unless that is JSON",
        source="any: nothing was recorded, and clients differ; json: the official samples always say application/json",
    ),
)
