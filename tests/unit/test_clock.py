"""The clocks."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedesten.bootstrap import serving
from bedesten.clock import CORRECTION_NS_MAX, ManualClock, SystemClock
from bedesten.services.sequencing.clock_check import clock_health

SECOND = 1_000_000_000


async def test_sleepers_wake_in_the_order_of_their_instants() -> None:
    """Whoever asked for the earlier instant is first, whatever the order of asking."""
    clock = ManualClock(start_ns=100)
    woken: list[str] = []

    async def sleep(name: str, instant_ns: int) -> None:
        await clock.sleep_until_ns(instant_ns)
        woken.append(name)

    async with asyncio.TaskGroup() as sleepers:
        for name, instant_ns in (("late", 300), ("early", 150), ("middle", 200)):
            sleepers.create_task(sleep(name, instant_ns))
        await asyncio.sleep(0)
        clock.advance(1_000)

    assert woken == ["early", "middle", "late"]


async def test_nobody_wakes_before_the_instant_has_come() -> None:
    """A sleeper whose instant lies ahead sleeps on."""
    clock = ManualClock(start_ns=100)
    sleeper = asyncio.ensure_future(clock.sleep_until_ns(200))
    await asyncio.sleep(0)

    clock.advance(99)
    await asyncio.sleep(0)
    assert not sleeper.done()

    clock.advance(1)
    await sleeper
    assert clock.now_ns() == 200


async def test_a_sleeper_that_gave_up_is_passed_over() -> None:
    """A canceled sleep does not stand in the way of others."""
    clock = ManualClock(start_ns=0)
    gone = asyncio.ensure_future(clock.sleep_until_ns(10))
    patient = asyncio.ensure_future(clock.sleep_until_ns(20))
    await asyncio.sleep(0)

    gone.cancel()
    await asyncio.sleep(0)
    clock.advance(20)
    await patient

    assert gone.cancelled()


def test_a_manual_clock_does_not_go_back() -> None:
    """Time only ever goes on."""
    with pytest.raises(ValueError, match="does not go back"):
        ManualClock().advance(-1)


async def test_an_instant_that_has_passed_is_not_waited_for() -> None:
    """Both clocks return at once when there is nothing to wait for."""
    system = SystemClock()
    await system.sleep_until_ns(system.now_ns() - 1)
    await ManualClock(start_ns=5).sleep_until_ns(5)


async def test_the_system_clock_wakes_when_the_instant_has_come() -> None:
    """After the sleep the instant is not in the future."""
    system = SystemClock()
    instant_ns = system.now_ns() + 1_000_000

    await system.sleep_until_ns(instant_ns)

    assert system.now_ns() >= instant_ns


class TestMachine:
    """A machine's two clocks: one that anybody sets, and the time since its start. A double of the operating system's."""

    __test__ = False

    def __init__(self) -> None:
        self.wall_ns = 1_800_000_000 * SECOND
        self.boot_ns = 5_000 * SECOND
        self.drift_ppm = 0  # of the wall clock, as NTP slews it
        self.told: list[int] = []
        self.clock = SystemClock(lambda: self.wall_ns, lambda: self.boot_ns)

    def run(self, seconds: float, *, step: float = 0.25) -> None:
        """Let time pass, and look at the clock all the while."""
        for _ in range(round(seconds / step)):
            self.boot_ns += round(step * SECOND)
            self.wall_ns += round(step * (SECOND + self.drift_ppm * 1_000))
            self.told.append(self.clock.now_ns())

    def set(self, seconds: float) -> None:
        """Set the wall clock forward, or back."""
        self.wall_ns += round(seconds * SECOND)

    @property
    def is_even(self) -> bool:
        """Whether what was told never went back, and never ran faster than time by more than a correction."""
        steps = [after - before for before, after in zip(self.told, self.told[1:], strict=False)]
        return all(0 <= step <= SECOND // 4 + CORRECTION_NS_MAX for step in steps)


@pytest.fixture
def machine() -> TestMachine:
    return TestMachine()


YEAR = 365 * 24 * 3600


@pytest.mark.parametrize("years", [10, -10, 1, 200])
def test_a_wall_clock_set_for_two_seconds_leaves_no_trace(
    machine: TestMachine, years: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is ever stamped with it; it is told when it happens, and health tells it for as long as it lasts."""
    start_ns = machine.wall_ns
    machine.run(10)
    machine.set(years * YEAR)
    machine.run(2)
    wrong = machine.clock.health()
    machine.set(-years * YEAR)
    machine.run(10)

    assert machine.is_even and machine.told[-1] == start_ns + 22 * SECOND
    assert wrong is not None and ("ahead of" if years > 0 else "behind") in wrong
    assert machine.clock.health() is None
    assert [line.split(":")[1] for line in caplog.messages] == [
        " the venue does not follow, and goes by the time since its start", " they agree again",
    ]  # fmt: skip


def test_a_wall_clock_set_back_an_hour_does_not_freeze_time(machine: TestMachine) -> None:
    """Stamps go on, second by second; an operator decides which of the two is right."""
    start_ns = machine.wall_ns
    machine.set(-3600)
    machine.run(600)

    assert machine.is_even and machine.told[-1] == start_ns + 600 * SECOND
    assert "3,600.0 s behind the venue's" in str(machine.clock.health())


@pytest.mark.parametrize("seconds", [3.0, -3.0, 59.0, -59.0, 0.2, -0.2])
def test_a_small_step_is_made_good_little_by_little(
    machine: TestMachine, seconds: float, caplog: pytest.LogCaptureFixture
) -> None:
    """A part in two hundred; back as well as forward, and told where it is more than NTP's own slewing."""
    machine.run(1)
    machine.set(seconds)
    machine.run(100)
    assert machine.clock.now_ns() != machine.wall_ns or abs(seconds) < 0.5
    assert machine.clock.health() is None
    machine.run(abs(seconds) * 200 + 10)

    assert machine.is_even and abs(machine.clock.now_ns() - machine.wall_ns) < SECOND // 1000
    assert len(caplog.messages) == (abs(seconds) > 0.5)


@pytest.mark.parametrize("seconds", [60.5, -60.5, 3600, -3600])
def test_a_step_beyond_the_bound_is_never_followed(machine: TestMachine, seconds: float) -> None:
    """However long it stands; and a restart takes the machine's time, as between two starts nothing is a step."""
    start_ns = machine.wall_ns
    machine.set(seconds)
    machine.run(3600, step=1)
    assert machine.told[-1] == start_ns + 3600 * SECOND
    assert machine.clock.health() is not None

    again = SystemClock(lambda: machine.wall_ns, lambda: machine.boot_ns)
    assert again.now_ns() == machine.wall_ns and again.health() is None


@pytest.mark.parametrize("ppm", [500, -500, 50, -2_000])
def test_a_slewed_clock_is_followed(machine: TestMachine, ppm: int, caplog: pytest.LogCaptureFixture) -> None:
    """NTP slews by 500 parts in a million; no word about it."""
    machine.drift_ppm = ppm
    machine.run(7_200)

    assert machine.is_even and abs(machine.clock.now_ns() - machine.wall_ns) < 20 * SECOND // 1000
    assert machine.clock.health() is None and not caplog.messages


@pytest.mark.parametrize("hours", [1, 1_000])
def test_time_asleep_is_no_step(machine: TestMachine, hours: int, caplog: pytest.LogCaptureFixture) -> None:
    """Both clocks went on meanwhile; what a bad real-time clock lost is corrected like anything else."""
    machine.run(10)
    machine.boot_ns += hours * 3600 * SECOND
    machine.wall_ns += hours * 3600 * SECOND - SECOND // 4
    told_ns = machine.clock.now_ns()

    assert abs(told_ns - machine.wall_ns) <= SECOND // 4
    assert machine.clock.health() is None and not caplog.messages
    machine.run(100)
    assert abs(machine.clock.now_ns() - machine.wall_ns) < SECOND // 1000


@given(st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(0, 100_000), st.booleans()), max_size=20))
def test_time_never_goes_back_whatever_is_done_to_the_machine(steps: list[tuple[float, float, bool]]) -> None:
    """Steps of any size, naps of any length; and it never runs ahead of the time that passed by more than the corrections."""
    machine = TestMachine()
    last_ns, start_ns, boot_ns = machine.clock.now_ns(), machine.wall_ns, machine.boot_ns
    for count, (seconds, nap, is_looked_at) in enumerate(steps, 1):
        machine.wall_ns = max(0, machine.wall_ns + round(seconds * SECOND))
        machine.boot_ns += round(nap * SECOND)
        machine.wall_ns += round(nap * SECOND)
        if is_looked_at:
            machine.clock.health()
        now_ns = machine.clock.now_ns()
        assert now_ns >= last_ns
        assert abs(now_ns - start_ns - (machine.boot_ns - boot_ns)) <= 2 * count * CORRECTION_NS_MAX
        last_ns = now_ns


def test_a_journal_that_is_ahead_of_the_machine_is_told_loudly(machine: TestMachine) -> None:
    """When it was stamped by a clock that was wrong; by how much, until when, and where to read on."""
    ten_years_ns = machine.wall_ns + 10 * YEAR * SECOND
    told = clock_health(ten_years_ns, machine.clock)

    assert told is not None and "2037" in told and "3650 days" in told and "docs/reliability.md" in told
    assert clock_health(machine.wall_ns + 59 * SECOND, machine.clock) is None
    assert clock_health(0, machine.clock) is None
    assert clock_health(ten_years_ns, ManualClock()) is None


def test_the_system_clock_counts_sleep_where_the_system_can() -> None:
    """By the real clocks: it begins at the wall clock, and goes on."""
    clock = SystemClock()
    first, second, another = clock.now_ns(), clock.now_ns(), SystemClock().now_ns()

    assert first <= second <= another + SECOND // 100
    assert clock.health() is None


def test_a_start_on_a_journal_ahead_of_the_machine_says_so(
    machine: TestMachine, caplog: pytest.LogCaptureFixture
) -> None:
    """To whoever starts it, and in the log; it starts all the same."""
    said: list[str] = []
    state = SimpleNamespace(time_ns=machine.wall_ns + YEAR * SECOND)
    serving.warn_of_time(said.append, state, machine.clock)  # type: ignore[arg-type]

    assert said[0].startswith("warning: the journal's last command is of 2028-01-") and "365 days" in said[0]
    assert caplog.messages == [said[0].removeprefix("warning: ")]
