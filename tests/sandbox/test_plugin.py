"""The plugin: what a failed test is told, what fails a test that passed, and that nothing is shared between tests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Run a test file in a process of its own, which knows the plugin by its name alone."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    pytester.makeini("[pytest]\n")

    def of(text: str, *options: str) -> pytest.RunResult:
        pytester.makepyfile(text)
        return pytester.runpytest_subprocess("-p", "bedesten.testing.plugin", *options)

    return of


def test_a_failed_test_is_told_of_its_venue(run) -> None:  # type: ignore[no-untyped-def]
    """Seed, time, open orders, faults in force, the last of the transcript, and how to run it again."""
    result = run(
        """
        from tests.sandbox.bot import Bot
        def test_it(venue):
            Bot(venue.url, venue.trader.key, venue.trader.secret).place("c-1", price="20000", size="0.01")
            venue.advance("2s")
            venue.faults.lose_answer("POST", "*/order")
            assert False
        """,
        "--bedesten-seed", "9",
    )  # fmt: skip
    told = result.stdout.str()

    assert result.ret == 1
    assert re.search(r"-+ bedesten -+", told)
    assert "seed 9, venue time 1735689602000000000 ns" in told
    assert "open order: OrderSeen" in told and "client_id='c-1'" in told
    assert "fault in force: 1 (on answer of method POST, path */order: lose), 0 times" in told
    assert "'k': 'request'" in told and "/spot/api/v3.3/order" in told
    assert "--bedesten-seed 9" in told
    assert "demo-trader1-key" not in told.split("- bedesten -")[1], "what signs is not told"


@pytest.mark.parametrize(
    ("how", "asks", "trap"),
    [
        (
            'stamps="venue"',
            "assert bot.place('c', price='20000', size='0.01')[0] == 401",
            "its nonce is taken of venue.now_ns",
        ),
        (
            "rate_limits=True",
            "assert [bot.ask('GET', '/spot/api/v3.3/time')[0] for _ in range(200)][-1] == 429\n"
            "            venue.advance('2m')\n"
            "            assert bot.ask('GET', '/spot/api/v3.3/time')[0] == 200",
            "a limit was met while time stands still",
        ),
    ],
)
def test_a_trap_is_named_where_a_test_fails(run, how: str, asks: str, trap: str) -> None:  # type: ignore[no-untyped-def]
    """What the venue was begun with made the answer; and what helps does."""
    result = run(
        f"""
        from tests.sandbox.bot import Bot
        def test_it(venue_factory):
            venue = venue_factory({how})
            bot = Bot(venue.url, venue.trader.key, venue.trader.secret)
            {asks}
            assert False, "told"
        """
    )
    told = result.stdout.str()
    assert "AssertionError: told" in told and "trap: " in told and trap in told


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (
            "venue.faults.lose_answer('GET', '/never')",
            "fault 1 (on answer of method GET, path /never: lose) never matched",
        ),
        ("venue.refuse('c-9', 'halted')", "order 'c-9' was armed and never came"),
        ("venue.call(unbalance(venue))", "the ledger does not balance"),
    ],
)
def test_a_test_that_passed_fails_for_what_never_came(run, line: str, complaint: str) -> None:  # type: ignore[no-untyped-def]
    """A fault that met nothing, an order that was armed, a ledger that does not add up."""
    result = run(
        f"""
        async def unbalance(venue):
            machine = venue.running.venue.sequencer.state.machine
            class Unbalanced:
                def __getattr__(self, name):
                    return getattr(machine, name)
                def audit(self):
                    from bedesten.core import InvariantError
                    raise InvariantError("an asset does not add up")
            venue.running.venue.sequencer.state.machine = Unbalanced()
        def test_it(venue):
            {line}
        """
    )

    result.assert_outcomes(passed=1, errors=1)
    assert complaint in result.stdout.str()


def test_a_marker_and_the_ini_file_say_how_a_venue_begins(run, pytester: pytest.Pytester) -> None:  # type: ignore[no-untyped-def]
    """The seed of the marker goes before the file's, and the command line's before both."""
    text = """
        import pytest
        def test_of_the_file(venue):
            assert venue.seed == {file}
        @pytest.mark.bedesten(seed=5, profile="demo")
        def test_of_the_marker(venue):
            assert venue.seed == {marker}
            assert len(venue.running.venue_file.instruments) > 60
        """
    pytester.makeini("[pytest]\nbedesten_seed = 4\n")
    run(text.format(file=4, marker=5)).assert_outcomes(passed=2)
    run(text.format(file=6, marker=6), "--bedesten-seed", "6").assert_outcomes(passed=2)


@pytest.mark.parametrize("said", ['scenraio="flash-crash"', "5"])
def test_a_marker_that_says_what_nobody_reads_is_refused(run, said: str) -> None:  # type: ignore[no-untyped-def]
    """A misspelled word would otherwise begin the test without its scenario."""
    result = run(f"import pytest\n@pytest.mark.bedesten({said})\ndef test_it(venue):\n    pass\n")

    result.assert_outcomes(errors=1)
    assert "@pytest.mark.bedesten takes seed=, profile=, scenario=" in result.stdout.str()


def test_nothing_is_imported_before_a_venue_is_asked_for(run) -> None:  # type: ignore[no-untyped-def]
    """A suite that has the package installed and does not use it pays for nothing."""
    run(
        """
        import sys
        def test_it():
            assert not {"bedesten.bootstrap", "bedesten.core", "numpy", "uvloop", "msgspec"} & sys.modules.keys()
        """
    ).assert_outcomes(passed=1)


@pytest.mark.long
@pytest.mark.parametrize(("seed", "workers"), [(1, 4), (2, 2)])
def test_two_hundred_tests_in_random_order_have_one_hash(run, seed: int, workers: int) -> None:  # type: ignore[no-untyped-def]
    """Over several workers, in an order that is drawn: all begin alike and have one hash of the same run."""
    result = run(
        f"""
        import hashlib, json, random
        import pytest
        from tests.sandbox.bot import Bot
        numbers = random.Random({seed}).sample(range(200), 200)
        @pytest.mark.parametrize("number", numbers)
        def test_it(venue, number):
            bot = Bot(venue.url, venue.trader.key, venue.trader.secret)
            bot.place("c-1", price="20000", size="0.01")
            venue.fill("c-1", "0.003")
            venue.advance("1s")
            bot.ask("GET", "/spot/api/v3.3/orderbook?symbol=BTC-USD&depth=20")
            told = json.dumps([venue.transcript, venue.digest()]).encode()
            print(f"hash={{hashlib.sha256(told).hexdigest()}}=")
            bot.place(f"own{{number}}", price=str(20_000 + number), size="0.01")
            venue.advance(f"{{number % 3}}s")
        """,
        "-n", str(workers), "--dist", "worksteal", "-rP",
    )  # fmt: skip
    result.assert_outcomes(passed=200)
    hashes = re.findall(r"hash=([0-9a-f]{64})=", result.stdout.str())

    assert len(hashes) == 200 and len(set(hashes)) == 1
