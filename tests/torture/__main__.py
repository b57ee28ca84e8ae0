"""The long run, `make torture`: exits non-zero at the first breach, and keeps the data."""

from __future__ import annotations

import argparse
import random
import secrets
import sys
import tempfile
import time
import traceback
from pathlib import Path

from tests.torture.stage import Stage
from tests.torture.torture import Kill, plan, torture


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=None, help="of what is killed where, and of what the clients ask")
    parser.add_argument("--ack", default="synced", choices=["memory", "written", "synced"])
    parser.add_argument(
        "--directory", type=Path, default=None, help="where the data lies; default: a temporary directory"
    )
    options = parser.parse_args()
    seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    again = f"make torture KILLS={options.kills} SEED={seed} ACK={options.ack}"
    print(f"seed {seed}; {again}", flush=True)
    place = Path(tempfile.mkdtemp(prefix="torture-", dir=options.directory))
    kills, began = plan(options.kills, random.Random(seed)), time.monotonic()

    def tell(at: int, kill: Kill) -> None:
        took = time.monotonic() - began
        print(
            f"{at:4} of {len(kills)}  {kill!s:24} {took:7.1f} s, {took / at * (len(kills) - at):5.0f} s to go",
            flush=True,
        )

    try:
        victim = torture(Stage(place, options.ack), kills, tell)
    except Exception:  # noqa: BLE001  the top: said whole, with how to see it again
        traceback.print_exc()
        print(f"BREACH. The data stays in {place}; the same kills again: {again}", file=sys.stderr)
        return 1
    print(f"{victim.story()}; nothing lost, nothing twice, in {time.monotonic() - began:.0f} s")
    print("killed by itself: " + ", ".join(f"{name} {count}" for name, count in sorted(victim.reached.items())))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
