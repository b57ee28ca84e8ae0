"""What an uploaded file really is: told by its content, never by its name. Never decodes more than it must."""

from __future__ import annotations

import io
import warnings
from typing import Final

FILE_BYTES_MAX: Final = 5 * 1024 * 1024  # what a dialect's document allows; a good photograph has less
PIXELS_MAX: Final = 50_000_000  # a good camera's; more is a bomb
PDF_START: Final = b"%PDF-"
PDF_END: Final = b"%%EOF"
PDF_END_WITHIN: Final = 1_024  # bytes from the end, as readers look for it


def content_type_of(data: bytes) -> str | None:
    """Return what a file is, if it is a whole JPEG, PNG or PDF of at most FILE_BYTES_MAX; call it in a thread."""
    if not 0 < len(data) <= FILE_BYTES_MAX:
        return None
    if data.startswith(PDF_START):
        return "application/pdf" if PDF_END in data[-PDF_END_WITHIN:] else None
    return _picture(data)


def _picture(data: bytes) -> str | None:
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=("JPEG", "PNG")) as picture:
                if picture.width * picture.height > PIXELS_MAX:
                    return None
                kind = picture.format
                picture.verify()
            if kind == "JPEG":  # whose verify() looks at the head alone; a draft is an eighth of the work
                with Image.open(io.BytesIO(data), formats=("JPEG",)) as picture:
                    picture.draft("L", (1, 1))
                    picture.load()
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        return None
    return {"JPEG": "image/jpeg", "PNG": "image/png"}.get(kind or "")
