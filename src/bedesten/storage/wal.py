"""What a crash left at the end of SQLite's write-ahead log.

Owns the reading of the -wal file before the database is opened, so that what will be cut back can be said, and so that a
log damaged in its middle is not mistaken for one: SQLite would drop every transaction behind the damage without a word.
Never writes. Source: "WAL-mode File Format", sqlite.org/walformat.html.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from operator import mul
from pathlib import Path
from typing import Final, NamedTuple

HEAD_BYTES: Final = 32
FRAME_HEAD_BYTES: Final = 24
PAGE_BYTES: Final = 4_096  # SQLite's default, which the store keeps
_HEAD: Final = struct.Struct(">8I")
_FRAME_HEAD: Final = struct.Struct(">6I")
_MAGIC_LITTLE: Final = 0x377F0682  # checksums over little-endian words; the same plus one: big-endian
_MASK: Final = 0xFFFFFFFF


class WalTail(NamedTuple):
    """The end of a write-ahead log.

    Units: bytes; offsets from the start of the file.
    """

    committed_bytes: int  # up to here everything is whole
    unfinished_bytes: int  # behind that, written by the last run, and about to be cut
    commits_behind: int  # how many transactions were ended behind the first broken frame
    broken_at: int | None  # where the first broken frame starts; None: the tail is only unfinished


class _Frame(NamedTuple):
    offset: int
    end: int
    is_commit: bool
    is_whole: bool


def inspect(path: Path) -> WalTail:
    """Return how the log at *path* ends. A log that is missing, or empty, ends well."""
    data = memoryview(path.read_bytes()) if path.exists() else memoryview(b"")
    committed, end, commits_behind, broken_at = min(len(data), HEAD_BYTES), 0, 0, None
    for frame in _frames(data):
        end = frame.end
        if broken_at is None and not frame.is_whole:
            broken_at = frame.offset
        if broken_at is not None:
            commits_behind += frame.is_commit
        elif frame.is_commit:
            committed = end
    return WalTail(committed, max(end - committed, 0), commits_behind, broken_at)


# Frames of the log's present generation: older ones behind them carry other salts and are no concern of ours.
def _frames(data: memoryview) -> Iterator[_Frame]:
    if len(data) < HEAD_BYTES:
        return
    magic, _, page, _, *salts, first, second = _HEAD.unpack_from(data)
    order = "<" if magic == _MAGIC_LITTLE else ">"
    head_is_whole = magic | 1 == _MAGIC_LITTLE | 1 and (first, second) == _checksum(
        (0, 0), struct.unpack_from(f"{order}6I", data), _weights(3)
    )
    if not head_is_whole:  # SQLite would drop the whole log; frames that agree with one another are still a log
        if not any(data[:HEAD_BYTES]) or len(data) < HEAD_BYTES + FRAME_HEAD_BYTES:
            return
        page, salts = PAGE_BYTES, list(_FRAME_HEAD.unpack_from(data, HEAD_BYTES)[2:4])
    words = struct.Struct(f"{order}{(page + 8) // 4}I")
    weights = _weights((page + 8) // 8)
    previous = (first, second)
    for offset in range(HEAD_BYTES, len(data) - FRAME_HEAD_BYTES + 1, FRAME_HEAD_BYTES + page):
        _, size_after, *frame_salts, first, second = _FRAME_HEAD.unpack_from(data, offset)
        if frame_salts != salts:
            return
        body = data[offset + FRAME_HEAD_BYTES : offset + FRAME_HEAD_BYTES + page]
        whole = head_is_whole and len(body) == page
        if whole:
            content = words.unpack(bytes(data[offset : offset + 8]) + bytes(body))
            whole = _checksum(previous, content, weights) == (first, second)
        end = min(offset + FRAME_HEAD_BYTES + page, len(data))
        yield _Frame(offset, end, size_after != 0 and len(body) == page, whole)
        previous = (first, second)


# SQLite's checksum runs s0 += x0 + s1; s1 += x1 + s0 over pairs of words. That is linear: unrolled, each word and each
# start value counts with a Fibonacci number. Two sums of products take a tenth of the time of the loop.
def _weights(pairs: int) -> tuple[list[int], list[int], tuple[int, int, int]]:
    fibonacci = [0, 1]
    while len(fibonacci) < 2 * pairs + 2:
        fibonacci.append((fibonacci[-1] + fibonacci[-2]) & _MASK)
    # A word that is followed by n more steps counts F(n + 1) in the value that the last step made, F(n) in the one before.
    last = fibonacci[2 * pairs : 0 : -1]
    before = fibonacci[2 * pairs - 1 :: -1]
    return last, before, (fibonacci[2 * pairs - 1], fibonacci[2 * pairs], fibonacci[2 * pairs + 1])


def _checksum(
    start: tuple[int, int], words: tuple[int, ...], weights: tuple[list[int], list[int], tuple[int, int, int]]
) -> tuple[int, int]:
    last, before, (low, middle, high) = weights
    s0, s1 = start
    return (
        (sum(map(mul, words, before)) + low * s0 + middle * s1) & _MASK,
        (sum(map(mul, words, last)) + middle * s0 + high * s1) & _MASK,
    )
