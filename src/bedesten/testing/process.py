"""A venue in a process of its own, as `bedesten serve --sandbox` begins it, driven over HTTP; it ends with its test.

Owns the process and its log. Invariant: a process that ended before it was told to is told in words, with how and its last words.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bedesten.config.profiles import path_of
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.testing.remote import RemoteVenue, VenueGone

END_S: Final = 30.0  # of the machine's time: a stop takes a fraction of a second
LINES_KEPT: Final = 20  # of the log, in a report
GREETING: Final = "listening on "


class ProcessVenue(RemoteVenue):
    """A venue that belongs to one test, and its process."""

    def __init__(self, process: subprocess.Popen[str], log: Path, url: str, *, seed: int, is_manual: bool) -> None:
        super().__init__(url, seed=seed, is_manual=is_manual)
        self.process = process
        self._log = log

    @classmethod
    def begin(cls, profile: str, seed: int, clock: str, transcript: str = "") -> ProcessVenue:
        """Return a venue that answers at a free port. Raises: SandboxRefused, with what the process said."""
        path = path_of(profile)
        command = [
            sys.executable, "-m", "bedesten", "serve", "--demo", "--sandbox", "--data", ":memory:", "--port", "0",
            "--clock", clock, "--seed", str(seed),
            *(("--config", path) if path else ()), *(("--transcript", transcript) if transcript else ()),
        ]  # fmt: skip
        with tempfile.NamedTemporaryFile("wb", prefix="bedesten-", suffix=".log", delete=False) as file:
            log = Path(file.name)
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=file, text=True
            )
        assert process.stdout is not None
        said = process.stdout.readline()  # what it says behind that fits the pipe, which stays open
        if said.startswith(GREETING):
            return cls(process, log, said.split()[-1], seed=seed, is_manual=clock == "manual")
        process.kill()
        process.communicate()
        told = "\n".join(_last(log))
        log.unlink()
        raise SandboxRefused(f"the venue did not start: {told}")

    def log(self) -> list[str]:
        """Return the last of what its process wrote about itself."""
        return _last(self._log)

    def complaints(self) -> list[str]:
        """Return what is wrong at the end of a test, that its process is gone included."""
        try:
            return super().complaints()
        except VenueGone as error:
            return [str(error)]

    def stop(self) -> list[str]:
        """End the process in good order; return what went wrong in it."""
        wrong = []
        if self.process.poll() is None:
            with contextlib.suppress(VenueGone):
                super().stop()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(END_S)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                wrong = [f"the venue's process did not end within {END_S:.0f} s of SIGTERM"]
            if self.process.returncode and not wrong:
                wrong = [f"the venue's process ended with code {self.process.returncode}: {_told(self.log())}"]
        self.process.communicate()
        self._log.unlink(missing_ok=True)
        return wrong

    def _fate(self) -> str:
        try:
            code = self.process.wait(1.0)  # the connection breaks before the process can be asked how it ended
        except subprocess.TimeoutExpired:
            return ""
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f": its process {how}; {_told(self.log())}"


def _told(lines: Sequence[str]) -> str:
    return f"its log ends with: {' | '.join(lines)}" if lines else "it wrote nothing to its log"


def _last(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-LINES_KEPT:]
