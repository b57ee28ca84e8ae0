"""What a text may hold that is journaled or stored. Other stores, logs and clients than ours have to be able to hold it, too."""

from __future__ import annotations

import re
from typing import Final

#: Control characters (C0, DEL, C1), NUL among them, and halves of characters that UTF-8 has no bytes for.
_UNFIT: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_UNFIT_IN_LINES: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


#: Stands in the annotation of a form's field whose text may have several lines: Annotated[str, IN_LINES].
IN_LINES: Final = "it may have several lines, and tabs in them"


def is_fit(text: str, *, in_lines: bool = False) -> bool:
    """Return whether a text may be kept. *in_lines*: it may have several lines, and tabs in them."""
    return (_UNFIT_IN_LINES if in_lines else _UNFIT).search(text) is None
