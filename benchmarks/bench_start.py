"""Whether a start grows with a venue's age: python benchmarks/bench_start.py [--commands 1000000] [--times 3] [--directory DIR].

Workload: bench_restart's, in two data directories of so many commands and of so many times as many, each with a state snapshot
20,000 commands before its end. Timed by turns, five times each: the directory opened and the state recovered, in processor time
without the imports.
Target: the older one within 1.2 times of the younger.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Final

import workload
from bench_restart import batches, restart
from results import tell

from bedesten.services.log import new_state
from bedesten.services.ports import AckPolicy
from bedesten.storage.directory import open_directory
from bedesten.storage.verification import build_snapshot

BEHIND: Final = 20_000
ROUNDS: Final = 5


def write(directory: Path, count: int) -> None:
    """Make a directory of so many commands, with a snapshot a little before its end."""
    state, until = new_state(), (count - BEHIND, count)
    made = batches(state)
    for at in until:
        opened = open_directory(directory, policy=AckPolicy.WRITTEN)
        while state.machine.seq < at:
            opened.store.commit(next(made))
        opened.store.rows.orders(workload.FIRST_ACCOUNT, limit=1)  # brings the index file up to date
        opened.store.close()
        if at == until[0]:
            build_snapshot(directory, lambda told: None)


def main() -> None:
    """Write both directories, and say how long a start of each takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commands", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--directory", help="where the data directories are made; a temporary one otherwise")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.directory) as place:
        young, old = Path(place) / "young", Path(place) / "old"
        write(young, options.commands)
        write(old, options.commands * options.times)
        pairs = [(restart(young), restart(old)) for _ in range(ROUNDS)]
        tell(f"start of {options.commands:,} commands", [one for one, _ in pairs], "s")
        tell(f"start of {options.commands * options.times:,} commands", [other for _, other in pairs], "s")
        tell("the older ÷ the younger", [other / one for one, other in pairs], "", most=1.2)


if __name__ == "__main__":
    main()
