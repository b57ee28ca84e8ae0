"""A living market in a researcher's process: the server's own market, and agents behind their latency."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from tests.simulation.test_demo import START_NS, VENUE_FILE, Living

from bedesten.config.profiles import path_of
from bedesten.domain.enums import OrderType, Side, TimeInForce
from bedesten.lab.market import Events
from bedesten.lab.models import NS_PER_MS, constant, lognormal
from bedesten.lab.simulator import Agent, Simulator

S = 10**9
SMALL = Path(path_of("small"))


async def test_the_same_seed_is_the_same_market_as_a_servers_demo() -> None:
    """A minute of all pairs: every order that stands, every level, every last price."""
    living = await Living(seed=5).open()
    await living.live(60)
    await living.venue.sequencer.stop()
    simulator = Simulator(VENUE_FILE, seed=5, start_ns=START_NS)
    simulator.run(START_NS + 60 * S)

    machine, server = simulator.market.machine, living.machine
    for row in VENUE_FILE.instruments:
        assert machine.last_price(row.id) == server.last_price(row.id), row.name
        for side in Side:
            assert machine.depth(row.id, side, 100) == server.depth(row.id, side, 100), row.name
    makers = simulator.market.accounts[:4].tolist()
    assert [machine.open_orders(account) for account in makers] == [server.open_orders(account) for account in makers]
    machine.audit()


def test_another_seed_is_another_market_and_pieces_are_the_whole() -> None:
    """One run of ten seconds or ten of one come to the same digest."""
    one, other, third = (Simulator(SMALL, seed=seed) for seed in (1, 1, 2))
    whole = one.run(one.now_ns + 10 * S)
    pieces = [other.run(other.now_ns + S) for _ in range(10)]
    third.run(third.now_ns + 10 * S)
    assert one.market.digest() == other.market.digest() != third.market.digest()
    assert sum(map(len, pieces)) == len(whole) > 100


def placing(simulator: Simulator, seen: list[tuple[int, int]], price: str = "20000") -> object:
    """Return an agent that places one order at the first trade that it hears of, and notes when it heard of what."""
    row = simulator.market.instruments["BTC-USD"]

    def act(agent: Agent, events: Events) -> None:
        seen.extend((agent.now_ns, int(event["time_ns"])) for event in events.rows[:1])
        if len(events.trades) and not len(simulator.market.open_orders(agent.account)) and len(seen) < 3:
            order = simulator.market.batch(1)
            order["account"], order["instrument"], order["side"] = agent.account, row.id, Side.BUY
            order["order_type"], order["time_in_force"] = OrderType.LIMIT, TimeInForce.GTC
            order["price"], order["quantity"] = int(row.ticks(price)), row.min_quantity
            agent.send(order)

    return act


def test_an_agent_hears_later_and_is_heard_later() -> None:
    """50 ms of feed and 20 ms of orders: what it reacts to is 70 ms old when its order stands."""
    simulator, seen = Simulator(SMALL, seed=1), []
    agent = simulator.agent(
        placing(simulator, seen), balances={"USD": "100000"}, latency=constant(20 * NS_PER_MS),  # type: ignore[arg-type]
        feed_latency=constant(50 * NS_PER_MS),
    )  # fmt: skip
    events = simulator.run(simulator.now_ns + 30 * S)

    assert seen and {heard - happened for heard, happened in seen} == {50 * NS_PER_MS}
    (order,) = simulator.market.open_orders(agent.account)
    placed = events.placed[events.placed["account"] == agent.account]
    assert placed["time_ns"][0] in {heard + 20 * NS_PER_MS for heard, _ in seen}
    assert order["price"] == int(simulator.market.instruments["BTC-USD"].ticks("20000"))
    simulator.market.machine.audit()


def test_a_latency_by_chance_is_the_same_from_the_same_seed_and_nothing_overtakes() -> None:
    """What was sent first is heard first, however long it took."""
    heard: list[list[tuple[int, int]]] = []
    for _ in range(2):
        simulator, seen = Simulator(SMALL, seed=3), []
        act = placing(simulator, seen, price="1")
        simulator.agent(act, balances={"USD": "1"}, latency=lognormal(400 * NS_PER_MS, 1.0))  # type: ignore[arg-type]
        simulator.run(simulator.now_ns + 20 * S)
        heard.append(seen)
    assert heard[0] == heard[1]
    assert heard[0] == sorted(heard[0]) and [happened for _, happened in heard[0]] == sorted(t for _, t in heard[0])
    assert len({late - happened for late, happened in heard[0]}) > 5


def test_an_agent_wakes_when_it_asked_to_and_time_does_not_go_back() -> None:
    """Its own timer, without events."""
    simulator, woken = Simulator(SMALL, seed=1), []
    agent = simulator.agent(
        lambda agent, events: None if len(events) else woken.append(agent.now_ns), balances={"USD": Decimal(5)}
    )
    start = simulator.now_ns
    agent.wake(start + 3)
    simulator.run(start + 10)
    assert woken == [start + 3]
    with pytest.raises(ValueError, match="has passed"):
        agent.wake(start)
    with pytest.raises(ValueError, match="goes back"):
        simulator.run(start)


def test_agents_that_answer_without_latency_for_ever_are_stopped() -> None:
    """With words that say what to do, rather than a run that never returns."""
    simulator = Simulator(SMALL, seed=1)
    agent = simulator.agent(lambda agent, events: agent.wake(agent.now_ns), balances={})
    agent.wake(simulator.now_ns)
    with pytest.raises(RuntimeError, match="latency"):
        simulator.run(simulator.now_ns + S)


def test_the_market_can_be_scripted() -> None:
    """A crash of the price moves the books."""
    simulator = Simulator(SMALL, seed=1)
    row = simulator.market.instruments["BTC-USD"]
    before = simulator.market.bbo(row.id)[0]
    simulator.prices.crash("BTC", Decimal("-0.3"), simulator.now_ns, 10 * S)
    simulator.run(simulator.now_ns + 15 * S)
    assert simulator.market.bbo(row.id)[0] / before == pytest.approx(0.7, rel=0.01)
