"""Two versions of the venue against one another: the same program run by two interpreters, by turns.

Each interpreter belongs to an environment with a version of its own installed (`.venv/bin/python` of another clone). A pair is
one run of each, one behind the other, and every second pair starts with the other one, so that a machine that grows slower
favours neither. What is told is the median of the pairs' ratios, with the quartiles: on a shared machine one run says little.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

PAIRS = 15
MARK = "figure: "  # before the one line that a run prints for its caller
RUN_SECONDS_MAX = 600


def tell(figure: float) -> None:
    """Print the figure of one run, where the program was asked for it by --figure."""
    print(MARK + json.dumps(figure), flush=True)


def figure(python: str, program: str, arguments: Sequence[str]) -> float:
    """Return what one run of *program* under *python* tells.

    Raises: SystemExit with the run's own words when it fails.
    """
    command = [python, str(Path(program).resolve()), *arguments, "--figure"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    told = [line[len(MARK) :] for line in done.stdout.splitlines() if line.startswith(MARK)]
    if done.returncode or not told:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return float(json.loads(told[-1]))


def against(python: str, program: str, arguments: Sequence[str], *, pairs: int, unit: str) -> None:
    """Run *program* here and under *python* by turns, and print how many times as fast this version is.

    The figures are costs (time a command): a ratio above 1 says that this version is the cheaper one.
    """
    ours: list[float] = []
    theirs: list[float] = []
    for pair in range(pairs):
        for which in (0, 1) if pair % 2 else (1, 0):
            one = figure(python if which else sys.executable, program, arguments)
            (theirs if which else ours).append(one)
        print(f"pair {pair + 1:2}: here {ours[-1]:7.2f} {unit}, there {theirs[-1]:7.2f} {unit}", flush=True)
    ratios = sorted(there / here for here, there in zip(ours, theirs, strict=True))
    middle = statistics.median(ratios)
    quartiles = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else [middle] * 3
    print(
        f"there ÷ here, median of {pairs} pairs: {middle:.3f} (quartiles {quartiles[0]:.3f} to {quartiles[2]:.3f}; "
        f"here {statistics.median(ours):.2f} {unit}, there {statistics.median(theirs):.2f} {unit})"
    )
