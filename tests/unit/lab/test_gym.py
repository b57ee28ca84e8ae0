"""The trading environment: the same seed, the same episode; money that adds up."""

from __future__ import annotations

import numpy as np
import pytest

from bedesten.domain.enums import RejectReason, Side
from bedesten.lab.gym import OBSERVATION, Action, Flow, TradingEnv


@pytest.fixture(scope="module")
def env() -> TradingEnv:
    return TradingEnv(steps=200)


def played(env: TradingEnv, seed: int) -> tuple[list[list[int]], int, str]:
    """Play an episode that buys the bid and sells the ask by turns; return observations, reward and digest."""
    observation, _ = env.reset(seed=seed)
    seen, total, is_over = [observation.tolist()], 0, False
    while not is_over:
        bid, ask = int(observation[0]), int(observation[2])
        turn = len(seen) % 2
        action = Action(cancel=1, side=Side.BUY if turn else Side.SELL, price=bid if turn else ask, quantity=20)
        observation, reward, terminated, truncated, _ = env.step(action if action.price else Action())
        seen.append(observation.tolist())
        total, is_over = total + reward, terminated or truncated
    return seen, total, env.market.digest()


def test_the_same_seed_is_the_same_episode(env: TradingEnv) -> None:
    """And another seed another one."""
    first = played(env, 7)

    assert played(env, 7) == first
    assert played(env, 8)[2] != first[2]
    assert len(first[0]) == 201
    env.market.machine.audit()


def test_the_reward_is_what_the_wealth_changed_by(env: TradingEnv) -> None:
    """From the first to the last observation, in minor units of quote."""
    seen, total, _ = played(env, 3)
    place = {name: at for at, name in enumerate(OBSERVATION)}

    def wealth(observation: list[int]) -> int:
        base = observation[place["base"]] // env.instrument.lot_value
        price = observation[place["last"]] or int(env.instrument.ticks("86000"))
        return observation[place["quote"]] + int(env.instrument.notional(price, base))

    assert total == wealth(seen[-1]) - wealth(seen[0])


def test_an_order_that_is_refused_is_told_and_ends_nothing(env: TradingEnv) -> None:
    """It is an event like any other."""
    env.reset(seed=1)
    _, _, terminated, _, info = env.step(Action(side=Side.BUY, price=1, quantity=10**12))

    reasons = info["events"].rejected["reason"].tolist()
    assert reasons and set(reasons) <= set(RejectReason) and not terminated


def test_an_episode_ends_after_its_steps(env: TradingEnv) -> None:
    """A step behind it is a mistake of the caller."""
    env.reset(seed=1)
    outcomes = [env.step(Action())[3] for _ in range(200)]

    assert outcomes == [False] * 199 + [True]
    with pytest.raises(RuntimeError, match="reset"):
        env.step(Action())


def test_orders_end_so_that_the_book_does_not_grow_without_end() -> None:
    """Nobody's order outlives its time."""
    env = TradingEnv(steps=1_500, flow=Flow(life_steps=50))
    env.reset(seed=2)
    sizes = []
    for step in range(1_500):
        env.step(Action())
        if step % 500 == 499:
            sizes.append(len(env.market.depth(env.instrument.id, Side.BUY)))

    assert max(sizes) <= 2 * 60 + 1_500 * 2
    assert sum(len(env.market.open_orders(int(account))) for account in env.market.accounts) <= 50 * 8


def test_an_observation_is_integers_by_name(env: TradingEnv) -> None:
    """So that nothing is rounded before an agent sees it."""
    observation, _ = env.reset(seed=5)

    assert observation.dtype == np.int64 and len(observation) == len(OBSERVATION)


@pytest.mark.filterwarnings("ignore:.*symmetric and normalized.*")  # a price is no number from -1 to 1
def test_it_passes_gymnasiums_own_checks() -> None:
    """Spaces, seeds, and what each call returns; a stream that goes on after `reset()` without a seed."""
    from gymnasium.utils.env_checker import check_env

    from bedesten.lab.gymnasium_env import GymnasiumEnv

    check_env(GymnasiumEnv(steps=50), skip_render_check=True)
