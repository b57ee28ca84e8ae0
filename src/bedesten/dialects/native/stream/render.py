"""Messages of the socket as bytes. Books are printed by hand: they are told ten times a second to everybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from bedesten.dialects.depth_window import Level
from bedesten.dialects.native.stream import shapes
from bedesten.dialects.native.times import time_text
from bedesten.dialects.printing import decimal_printer, quoted
from bedesten.domain.instruments import Instrument

encode: Final = msgspec.json.Encoder().encode


def snapshot(channel: str, seq: int, time_ns: int, data: Any) -> bytes:
    """Return all of a channel."""
    return encode(shapes.Snapshot(channel=channel, seq=seq, time=time_text(time_ns), data=data))


def delta(channel: str, seq: int, prev: int, time_ns: int, data: Any) -> bytes:
    """Return what changed in a channel."""
    return encode(shapes.Delta(channel=channel, seq=seq, prev=prev, time=time_text(time_ns), data=data))


class BookPrinter:
    """Prints one instrument's levels under one channel's name."""

    def __init__(self, instrument: Instrument, channel: str) -> None:
        self._price = decimal_printer(instrument.tick_size, instrument.price_scale)
        self._quantity = decimal_printer(instrument.lot_size, instrument.quantity_scale)
        self._channel = quoted(channel)

    def snapshot(self, seq: int, time_ns: int, bids: Sequence[Level], asks: Sequence[Level]) -> bytes:
        """Return all levels."""
        return (
            f'{{"channel":{self._channel},"type":"snapshot","resumed":false,"seq":{seq},"time":"{time_text(time_ns)}",'
            f'"data":{self._data(bids, asks)}}}'
        ).encode()

    def delta(self, seq: int, time_ns: int, bids: Sequence[Level], asks: Sequence[Level]) -> bytes:
        """Return the levels that changed."""
        return (
            f'{{"channel":{self._channel},"type":"delta","seq":{seq},"prev":{seq - 1},"time":"{time_text(time_ns)}",'
            f'"data":{self._data(bids, asks)}}}'
        ).encode()

    def _data(self, bids: Sequence[Level], asks: Sequence[Level]) -> str:
        return f'{{"bids":[{self._levels(bids)}],"asks":[{self._levels(asks)}]}}'

    def _levels(self, levels: Sequence[Level]) -> str:
        price, quantity = self._price, self._quantity
        return ",".join([f'["{price(at)}","{quantity(lots) if lots else "0"}"]' for at, lots in levels])
