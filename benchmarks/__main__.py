"""Run every benchmark and print one table: python benchmarks [NAME ...], or make bench.

Names: core, growth, commit, http, fanout, feed, reads, start, restart, lab. Each program's workload stands at its head. The
table tells medians and spreads; what misses its target is marked, and the exit code is 1 where a program failed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import results

HERE: Final = Path(__file__).parent
#: In this order, each with the size that keeps all of them within a quarter of an hour on two cores.
PROGRAMS: Final[dict[str, tuple[str, ...]]] = {
    "core": (),
    "growth": (),
    "commit": ("--seconds", "1"),
    "http": (),
    "fanout": (),
    "feed": (),
    "reads": ("--rows", "20000", "200000"),
    "start": ("--commands", "300000"),
    "restart": (),
    "lab": (),
}


def main() -> int:
    """Run them one after another."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[*PROGRAMS, []], metavar="NAME")
    chosen = parser.parse_args().names or list(PROGRAMS)
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        told = Path(place) / "results"
        for at, name in enumerate(chosen, 1):
            started = time.perf_counter()
            print(f"[{at}/{len(chosen)}] {name} …", flush=True)
            command = [sys.executable, str(HERE / f"bench_{name}.py"), *PROGRAMS[name]]
            done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, results.PLACE: str(told)})
            print(f"      {time.perf_counter() - started:.0f} s", flush=True)
            if done.returncode:
                failed.append(name)
                print(done.stdout + done.stderr, flush=True)
        found = results.read(told)
    width = max((len(each.name) for each in found), default=0)
    print(f"\n{'':<{width}}  {'median':>10} {'':<12} {'spread':<22} target")
    for each in found:
        print(each.line(width))
    missed = sum(each.is_missed for each in found)
    print(f"{len(found)} figures, {missed} miss their target{'; failed: ' + ', '.join(failed) if failed else ''}")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
