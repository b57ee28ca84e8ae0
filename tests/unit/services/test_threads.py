"""Pools of threads: what waits in one holds up nobody in another, and whoever comes too late is refused."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from tests.unit.services.market import BTC_USD, GATE_S_MAX, Market, Pausing

from bedesten.services.errors import Overloaded
from bedesten.services.threads import Threads, histories


class Gate:
    """Work that waits in a thread until it is let through."""

    def __init__(self) -> None:
        self.is_open = threading.Event()

    def wait(self, *_given: Any, **_named: Any) -> list[Any]:
        assert self.is_open.wait(GATE_S_MAX)
        return []


async def test_forty_histories_hold_up_neither_a_look_up_nor_a_captcha_nor_a_first_day(
    market: Market, store: Pausing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However slow the disk is that they wait for."""
    gate, account = Gate(), market.alice.id
    monkeypatch.setattr(store, "orders", gate.wait, raising=False)
    asked = [asyncio.create_task(market.venue.trading.order_history(account)) for _ in range(40)]
    async with asyncio.timeout(GATE_S_MAX / 2):
        while histories.waiting < 40:  # noqa: ASYNC110  they are handed in one by one
            await asyncio.sleep(0)
        assert await market.venue.trading.order(account, 12_345) is None
        assert await market.venue.market_data.summary(BTC_USD.id)
        assert await market.venue.customers.captchas.make()
        assert not any(task.done() for task in asked)
    gate.is_open.set()

    assert await asyncio.gather(*asked) == [[]] * 40
    assert histories.waiting == 0


async def test_a_pool_that_is_full_refuses() -> None:
    """Until one of those before has ended; who asked and has gone still counts while the thread is at it."""
    pool, gate = Threads("tests", 1, waiting_max=2), Gate()
    first, second = (asyncio.create_task(pool.run(gate.wait)) for _ in range(2))
    await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="2 tests are waiting"):
        await pool.run(gate.wait)
    second.cancel()
    first.cancel()
    await asyncio.sleep(0)
    assert pool.waiting == 1, "the second had not begun"
    gate.is_open.set()
    async with asyncio.timeout(GATE_S_MAX):
        assert await pool.run(len, "abc") == 3
        while pool.waiting:  # noqa: ASYNC110  a thread's last word
            await asyncio.sleep(0)
