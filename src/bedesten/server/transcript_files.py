"""Transcripts as files: JSON lines that are appended as they are made, and at the end one hash over them.

Owns the file. The hash covers what a second run has to repeat: not what signed a request, nor the time by which it was stamped.
Readable by its owner alone, as signatures of the sandbox's keys stand in it.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Final

from bedesten.server.transcript import Line

NOT_REPEATED: Final = ("headers", "stamped_ns")


def repeated(line: Line) -> Line:
    """Return what of a line a second run has to repeat."""
    return {name: value for name, value in line.items() if name not in NOT_REPEATED}


def text_of(line: Line) -> str:
    """Return a line as it stands in a file; any byte of a body is told in ASCII."""
    return json.dumps(line, separators=(",", ":"))


class TranscriptFile:
    """A file that lines are appended to."""

    def __init__(self, path: Path) -> None:
        """Raises: OSError."""
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._file = os.fdopen(opened, "w", buffering=1)  # a line is there when it was made, whatever happens then
        self._hash = hashlib.sha256()

    def write(self, line: Line) -> None:
        """Append a line."""
        self._hash.update(text_of(repeated(line)).encode() + b"\n")
        self._file.write(text_of(line) + "\n")

    def close(self) -> None:
        """Append the hash, and close the file."""
        self._file.write(text_of({"k": "end", "sha256": self._hash.hexdigest()}) + "\n")
        self._file.close()
