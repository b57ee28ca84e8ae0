"""What BITGIN's documents, or its venue at different times, have answered in more than one way: the table of choices."""

from __future__ import annotations

from typing import Final

from bedesten.dialects.answers import Choice

CHOICES: Final[tuple[Choice, ...]] = ()
