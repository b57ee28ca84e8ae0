"""A process that is killed at a chosen line of the program: every place where a power cut may find it, one after another."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any


def killed_at_every_line(work: Callable[[], None], *modules: ModuleType, step: int = 1) -> Iterator[int]:
    """Yield after each run of *work* in a process of its own, killed one line of *modules* later each time, until one lives.

    With *step*, only one in so many lines. The first that is not killed must end well.
    The caller holds no open database: the process is a fork.
    """
    line = 0
    while True:
        line += step
        child = os.fork()
        if child == 0:
            _run(work, line, {str(module.__file__) for module in modules})
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, f"not killed, but failed, with {line} lines to live"
            return
        assert os.WTERMSIG(status) == signal.SIGKILL
        yield line


def _run(work: Callable[[], None], lines: int, files: set[str]) -> None:
    left = lines

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal left
        if frame.f_code.co_filename not in files:
            return None
        if event == "line":
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    code = 1
    try:
        sys.settrace(trace)
        work()
        code = 0
    finally:
        os._exit(code)
