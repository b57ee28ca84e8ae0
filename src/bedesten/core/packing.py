"""Rows of commands in few bytes, as the journal keeps them: the ops, and of each row the columns that are not 0.

Here because it is compiled. Form of a row: its op; a number whose bits tell which of the columns behind the header are not 0
(the first one by bit 0), and above them whether seq and time_ns are others than follow from the record; and those columns, the
header's last. Form of a number: six bits and its sign, then seven bits a byte, the lowest first; the highest bit of a byte says
that another follows. A negative number n is kept as −1 − n and the sign. Invariant: what was packed is unpacked to the same
rows; bytes that are not so many rows are refused.
"""

from __future__ import annotations

from bedesten.core import codes
from bedesten.core.errors import InvariantError

NUMBER_BYTES = 10  # of the longest number
OWN = codes.COMMAND_WIDTH - codes.HEADER  # columns behind the header
OTHER_SEQ = 1 << OWN
OTHER_TIME = 2 << OWN
ROW_BYTES = NUMBER_BYTES * (OWN + 4)  # of the longest row: op, bits, columns, seq and time
MORE = 128  # the bit of a byte that says another follows
SIGN = 64


class PackedReader:
    """Reads numbers from bytes; *failed* once they end too early or are none that `write_number` writes."""

    __slots__ = ("at", "failed", "packed")

    def __init__(self, packed: memoryview[int]) -> None:
        self.packed = packed
        self.at = 0
        self.failed = 0

    def number(self) -> int:
        """Return the next number; 0 when there is none."""
        byte = self.byte()
        sign = byte & SIGN
        value = byte & 63
        shift = 6
        while byte & MORE:
            byte = self.byte()
            if shift > 62 or (shift == 62 and byte > 1):
                self.failed = 1
                return 0
            bits = byte & 127
            value |= bits << shift
            shift += 7
        return -1 - value if sign else value

    def byte(self) -> int:
        if self.at >= len(self.packed):
            self.failed = 1
            return 0
        byte = self.packed[self.at]
        self.at += 1
        return byte


def write_number(packed: memoryview[int], at: int, value: int) -> int:
    """Write a number; return where the next one stands."""
    first = 0
    if value < 0:
        first = SIGN
        value = -1 - value
    if value < 64:
        packed[at] = first | value
        return at + 1
    packed[at] = first | MORE | (value & 63)
    value >>= 6
    at += 1
    while value > 127:
        packed[at] = MORE | (value & 127)
        value >>= 7
        at += 1
    packed[at] = value
    return at + 1


def write_rows(rows: memoryview[int], first_seq: int, time_ns: int, packed: memoryview[int]) -> int:
    """Write rows; return their length in bytes."""
    end = 0
    seq = first_seq
    row = 0
    while row < len(rows):
        present = 0
        for column in range(OWN):
            if rows[row + codes.HEADER + column]:
                present |= 1 << column
        if rows[row + codes.SEQ] != seq:
            present |= OTHER_SEQ
        if rows[row + codes.TIME_NS] != time_ns:
            present |= OTHER_TIME
        end = write_number(packed, end, rows[row + codes.KIND])
        end = write_number(packed, end, present)
        for column in range(OWN):
            if present >> column & 1:
                end = write_number(packed, end, rows[row + codes.HEADER + column])
        if present & OTHER_SEQ:
            end = write_number(packed, end, rows[row + codes.SEQ])
        if present & OTHER_TIME:
            end = write_number(packed, end, rows[row + codes.TIME_NS])
        seq += 1
        row += codes.COMMAND_WIDTH
    return end


def read_rows(reader: PackedReader, first_seq: int, time_ns: int, rows: memoryview[int]) -> None:
    """Read as many rows as there is room for; *rows* are 0 before."""
    row = 0
    seq = first_seq
    while row < len(rows) and not reader.failed:
        rows[row + codes.KIND] = reader.number()
        present = reader.number()
        if present < 0 or present >= 4 << OWN:
            reader.failed = 1
            return
        for column in range(OWN):
            if present >> column & 1:
                rows[row + codes.HEADER + column] = reader.number()
        rows[row + codes.SEQ] = reader.number() if present & OTHER_SEQ else seq
        rows[row + codes.TIME_NS] = reader.number() if present & OTHER_TIME else time_ns
        seq += 1
        row += codes.COMMAND_WIDTH


def pack_rows(rows: memoryview[int], first_seq: int, time_ns: int) -> bytes:
    """Return rows of commands packed. *first_seq*, *time_ns*: of the record they stand in.

    Raises: InvariantError when they are not whole rows.
    """
    if len(rows) % codes.COMMAND_WIDTH:
        raise InvariantError(f"{len(rows)} integers are not whole commands")
    room = bytearray(len(rows) // codes.COMMAND_WIDTH * ROW_BYTES)
    if not room:
        return b""
    packed = memoryview(room)
    return bytes(packed[: write_rows(rows, first_seq, time_ns, packed)])


def unpack_rows(packed: bytes, count: int, first_seq: int, time_ns: int) -> bytes:
    """Return the rows that `pack_rows` packed.

    Raises: ValueError when *packed* is not *count* rows.
    """
    if (
        not 2 * count <= len(packed) <= count * ROW_BYTES or count < 1
    ):  # two bytes a row at least: bounds what is allocated
        raise ValueError(f"{len(packed)} bytes are not {count} commands")
    rows = bytearray(8 * count * codes.COMMAND_WIDTH)
    reader = PackedReader(memoryview(packed))
    read_rows(reader, first_seq, time_ns, memoryview(rows).cast("q"))
    if reader.failed or reader.at != len(packed):
        raise ValueError(f"{len(packed)} bytes are not {count} commands, but end or go on at byte {reader.at}")
    return bytes(rows)
