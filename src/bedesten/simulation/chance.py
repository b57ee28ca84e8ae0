"""Chance without state: numbers that look random and depend on nothing but what they are asked for.

Owns the mixing function. Everything the simulation draws goes through it, so any value can be asked for at any time, in
any order, and a seed always tells the same story.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Values = NDArray[np.float64]

_WEYL: Final = np.uint64(0x9E3779B97F4A7C15)
_FIRST: Final = np.uint64(0xBF58476D1CE4E5B9)
_SECOND: Final = np.uint64(0x94D049BB133111EB)
_SHIFTS: Final = tuple(np.uint64(n) for n in (30, 27, 31))
_MASK_64: Final = (1 << 64) - 1
_ODD_HALVES: Final = np.uint64(0x0000_FFFF_0000_FFFF)
_LOW_WORD: Final = np.uint64(0xFFFF_FFFF)
_IRWIN_HALL_STD: Final = 65_536 * (4 / 12) ** 0.5  # of a sum of four 16-bit uniforms


def mix(words: Words) -> Words:
    """Return each word thoroughly mixed (the finalizer of the SplitMix64 generator)."""
    mixed = words * _WEYL
    mixed ^= mixed >> _SHIFTS[0]
    mixed *= _FIRST
    mixed ^= mixed >> _SHIFTS[1]
    mixed *= _SECOND
    mixed ^= mixed >> _SHIFTS[2]
    return mixed


def key_of(*parts: int | str) -> int:
    """Return a 64-bit key that stands for *parts*, as a stream's name."""
    key = 0xCBF29CE484222325
    for part in parts:
        for byte in str(part).encode() + b"/":
            key = ((key ^ byte) * 0x100000001B3) & _MASK_64
    return key


def normals(words: Words) -> Values:
    """Return near-normal numbers of mean 0 and deviation 1, one for each mixed word, none beyond ±3.5."""
    halves = words & _ODD_HALVES
    halves += (words >> np.uint64(16)) & _ODD_HALVES
    total = halves >> np.uint64(32)
    total += halves & _LOW_WORD
    # Small enough to be signed, which turns to floats in half the time.
    result = total.view(np.int64).astype(np.float64)
    result -= 2 * 65_535
    result /= _IRWIN_HALL_STD
    return result


def uniforms(words: Words) -> Values:
    """Return numbers in 0 < u < 1, one for each mixed word."""
    return ((words >> np.uint64(11)).view(np.int64).astype(np.float64) + 0.5) * 2.0**-53
