"""The trading environment as a gymnasium.Env with spaces, for the libraries that ask for one. Needs gymnasium."""

from __future__ import annotations

from typing import Any, Final

import gymnasium
import numpy as np
from numpy.typing import NDArray

from bedesten.domain.enums import Side
from bedesten.lab.gym import OBSERVATION, Action, TradingEnv
from bedesten.lab.market import cells_of

QUANTITY_MAX: Final = 1_000_000  # lots of one order that a random agent may ask for
AMOUNT_MAX: Final = (1 << 62) - 1


class GymnasiumEnv(gymnasium.Env[NDArray[np.int64], NDArray[np.int64]]):
    """A TradingEnv whose actions are arrays of Action's four numbers. Spaces are boxes of 64-bit integers."""

    metadata: dict[str, Any] = {"render_modes": []}

    def __init__(self, **options: Any) -> None:
        """Make the environment; *options* are TradingEnv's."""
        self.trading = TradingEnv(**options)
        price_max = int(self.trading.instrument.ticks("1000000"))
        low = np.array([0, int(Side.BUY), 0, 0], dtype=np.int64)
        high = np.array([1, int(Side.SELL), price_max, QUANTITY_MAX], dtype=np.int64)
        self.action_space = gymnasium.spaces.Box(low, high, dtype=np.int64)
        self.observation_space = gymnasium.spaces.Box(0, AMOUNT_MAX, (len(OBSERVATION),), dtype=np.int64)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.int64], dict[str, Any]]:
        """Begin an episode, as TradingEnv.reset."""
        super().reset(seed=seed)
        return self.trading.reset(seed=seed, options=options)

    def step(self, action: NDArray[np.int64]) -> tuple[NDArray[np.int64], float, bool, bool, dict[str, Any]]:
        """Act, as TradingEnv.step.

        The reward is a float, as Gymnasium has it, exact up to 2⁵³ minor units; information has the events as integers,
        one row an event; `.view(EVENT)` names their columns.
        """
        observation, reward, terminated, truncated, information = self.trading.step(Action(*action.tolist()))
        return observation, float(reward), terminated, truncated, {"events": cells_of(information["events"].rows)}
