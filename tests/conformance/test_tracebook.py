"""An independent matching engine agrees with ours: tracebook's profiles and fixed cases, in process and over its protocol."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

tracebook = pytest.importorskip("tracebook.conformance")

from tests.builders import machine_types  # noqa: E402
from tests.conformance.adapter import Adapter  # noqa: E402

ROOT = Path(__file__).parents[2]
CASES = ("fifo-lifecycle", "order-instructions", "multi-symbol", "tick-grid", "deep-cancellation",
         "stp-cancel-incoming", "stp-cancel-resting", "stp-cancel-resting-deep")  # fmt: skip
pytestmark = pytest.mark.skipif(not machine_types(), reason="no core to test")


def test_machine_conforms_to_fifo_full() -> None:
    """Limit, market, IOC and FOK orders, cancels, reductions and replacements on two books: every event alike."""
    result = tracebook.run_campaign(
        Adapter, "fifo-full-v1", seed=42, traces=6, events_per_trace=150, max_minimize_runs=50
    )

    assert result.conformant, result.to_dict()
    assert not result.semantic_coverage.uncovered_capabilities


@pytest.mark.parametrize("name", CASES)
def test_machine_conforms_to_the_fixed_case(name: str, tmp_path: Path) -> None:
    """The bundled suite's cases for FIFO books and both self-trade policies; pro-rata is not ours."""
    report = run_case(name, tmp_path, Adapter)

    assert report.conformant, report.to_dict()


def test_machine_conforms_over_standard_input_and_output(tmp_path: Path) -> None:
    """The same adapter as a process of its own, over the protocol."""
    command = [sys.executable, "-m", "tests.conformance.adapter"]
    process = tracebook.ExternalProcessAdapterFactory(command, timeout_seconds=30.0, cwd=ROOT)

    report = run_case("order-instructions", tmp_path, process)

    assert report.conformant, report.to_dict()


def run_case(name: str, folder: Path, candidate: Any) -> Any:
    """Run one case of the bundled suite."""
    suite = tracebook.copy_bundled_conformance_suite(folder / "suite")
    case = next(case for case in suite.cases if case.name == name)
    return tracebook.run_conformance(case.load_events(), candidate, config=case.config, trace_name=name)
