"""Every target on its seeds, and on what Hypothesis makes of them: the same functions that `make fuzz` explores by coverage."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzz import targets
from tests.fuzz.targets import TARGETS


@pytest.fixture(scope="module", autouse=True)
def stage_is_closed() -> Iterator[None]:
    """The sockets' loop and venue end with the module."""
    yield
    if targets._stage.cache_info().currsize:
        loop, venue, _ = targets._stage()
        loop.run_until_complete(venue.sequencer.stop())
        loop.close()
        targets._stage.cache_clear()


@pytest.mark.parametrize("name", TARGETS)
def test_every_seed_is_read(name: str) -> None:
    """Seeds mean something, and are read without a fault."""
    for seed in TARGETS[name].seeds:
        TARGETS[name].read(seed)


@pytest.mark.parametrize("name", TARGETS)
def test_whatever_a_seed_becomes_is_read_or_refused(name: str) -> None:
    """Cut, joined, repeated, with bytes of anybody's choice in between."""
    target = TARGETS[name]
    part = st.tuples(st.sampled_from(list(target.seeds)), st.integers(0, 400), st.integers(0, 400)).map(
        lambda drawn: drawn[0][min(drawn[1:]) : max(drawn[1:])]
    )
    whole = st.sampled_from(list(target.seeds))
    mixed = st.lists(whole | part | st.binary(max_size=12) | st.text(max_size=8).map(str.encode), max_size=6)

    @settings(max_examples=150)
    @given(pieces=mixed, raw=st.binary(max_size=64))
    def explore(pieces: list[bytes], raw: bytes) -> None:
        target.read(b"".join(pieces)[:4_096])
        target.read(raw)

    explore()
