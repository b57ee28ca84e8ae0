"""What every test runs under."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests import answers
from tests.node import node, ws

__all__ = ["node", "ws"]

# The same examples in every run: a failure in CI is a failure on the laptop. `--hypothesis-profile=wide` looks further.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("wide", deadline=None, max_examples=2_000)
settings.load_profile("steady")

answers.watch()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """Fail a test in which something was answered that its contract row does not describe."""
    yield
    found = answers.take_found()
    assert not found, "\n".join(found)
