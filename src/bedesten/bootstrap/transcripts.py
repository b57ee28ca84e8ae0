"""The transcript of a sandbox: begun where the venue stands, and written to the file that the settings name."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from bedesten import __version__
from bedesten.bootstrap.checks import StartRefused
from bedesten.bootstrap.running import Running


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Keep the transcript, in a file as well if the settings name one. Raises: StartRefused, where it cannot be written."""
    if running.sandbox is None:
        yield
        return
    from bedesten.server.transcript_files import TranscriptFile

    settings, state, transcript = running.settings, running.venue.sequencer.state, running.sandbox.stage.transcript
    with contextlib.ExitStack() as stack:
        if settings.transcript:
            try:
                file = TranscriptFile(Path(settings.transcript))
            except OSError as error:
                raise StartRefused(f"{settings.transcript} cannot be written: {error.strerror}") from error
            stack.callback(file.close)
            transcript.listeners.append(file.write)
        transcript.began(
            version=__version__, seed=settings.seed, demo=settings.demo, books=settings.books, clock=settings.clock,
            stamps=settings.stamps, config=settings.config, start_ns=settings.start_ns,
            from_template=running.origin is not None, digest=state.machine.digest(), folds=state.folds.digest(),
        )  # fmt: skip
        yield
