"""Run one target under atheris, guided by the coverage it reaches: `python -m tests.fuzz.guided TARGET [--seconds 60]`.

Needs the extra [fuzz]. Corpus and findings lie in build/fuzz/TARGET, so that the next run goes on where this one ended.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["bedesten", "tests.fuzz"]):
    from tests.fuzz.targets import TARGETS

LENGTH_MAX = 4_096  # bytes of an input: the largest request that means anything
ONE_S = 10  # an input that takes longer is a hang
MEMORY_MB = 2_048


def main() -> None:
    """Explore; atheris ends the process."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    target = TARGETS[options.target]
    corpus = Path("build/fuzz") / options.target
    corpus.mkdir(parents=True, exist_ok=True)
    for at, seed in enumerate(target.seeds):
        (corpus / f"seed-{at}").write_bytes(seed)
    logging.disable(logging.CRITICAL)
    arguments = [
        sys.argv[0], str(corpus), f"-max_total_time={options.seconds}", f"-timeout={ONE_S}", f"-rss_limit_mb={MEMORY_MB}",
        f"-max_len={LENGTH_MAX}", f"-artifact_prefix={corpus}-", "-print_final_stats=1", "-verbosity=0",
    ]  # fmt: skip
    atheris.Setup(arguments, target.read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
