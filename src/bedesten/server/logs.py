"""Log lines: one a record, as text or JSON, with the id of the request it belongs to, written by a thread of their own.

Owns the form of a line and the way to standard error. Never waits: when the reader of standard error is slower than the venue,
lines are dropped and counted, not the venue held up. Queries, bodies, headers and keys are never logged; what a stranger sends
stands in a line only escaped and cut.
"""

from __future__ import annotations

import contextvars
import datetime
import logging
import logging.handlers
import queue
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

import msgspec

LINES_WAITING_MAX: Final = 10_000  # some megabytes; more than a burst of errors, less than a problem of memory
MESSAGE_CHARS_MAX: Final = 4_000  # of a message or a traceback: what a stranger can make long is not what matters in it
LEVELS: Final = ("debug", "info", "warning", "error")
FORMATS: Final = ("text", "json")

#: The id of the request that is being answered; "": none. Each request runs in a task, and so in a context, of its own.
request_id: Final[contextvars.ContextVar[str]] = contextvars.ContextVar("request_id", default="")


class Line(msgspec.Struct, omit_defaults=True):
    """A line in JSON."""

    time: str
    level: str
    logger: str
    message: str
    request_id: str = ""
    exception: str = ""


class Text(logging.Formatter):
    """A line for people: time, level, logger, request, message; a traceback below."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        shown = _line(record)
        where = f" [{shown.request_id}]" if shown.request_id else ""
        line = f"{shown.time} {shown.level} {shown.logger}{where}: {shown.message}"
        return f"{line}\n{shown.exception}" if shown.exception else line


class Json(logging.Formatter):
    """A line for machines."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return msgspec.json.encode(_line(record)).decode()


class _Queue(logging.handlers.QueueHandler):
    # Records are formatted by the thread that writes; the request's id is taken here, where it is known.
    dropped = 0

    def prepare(self, record: logging.LogRecord) -> logging.LogRecord:
        record.request_id = request_id.get()
        return record

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            self.dropped += 1


class _Listener(logging.handlers.QueueListener):
    def __init__(self, handler: _Queue, to: logging.Handler) -> None:
        super().__init__(handler.queue, to)
        self._handler = handler

    def stop(self) -> None:
        super().stop()
        if self._handler.dropped:
            sys.stderr.write(f"bedesten: {self._handler.dropped} log lines were dropped\n")


@contextmanager
def logging_to(stream: TextIO, *, level: str, form: str) -> Iterator[None]:
    """Write what is logged from now on to *stream*; what waits at the end is still written."""
    lines: queue.Queue[Any] = queue.Queue(maxsize=LINES_WAITING_MAX)
    handler, to = _Queue(lines), logging.StreamHandler(stream)
    to.setFormatter(Json() if form == "json" else Text())
    listener = _Listener(handler, to)
    root, ours = logging.getLogger(), logging.getLogger("bedesten")
    before = root.level, ours.level
    root.addHandler(handler)
    root.setLevel(logging.WARNING)  # libraries tell of bytes and frames below that, and of what is in them
    ours.setLevel(level.upper())
    listener.start()
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before[0])
        ours.setLevel(before[1])
        listener.stop()


def _line(record: logging.LogRecord) -> Line:
    instant = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
    exception = logging.Formatter().formatException(record.exc_info) if record.exc_info else ""
    return Line(
        time=instant.isoformat(timespec="milliseconds"),
        level=record.levelname.lower(),
        logger=record.name,
        message=_cut(record.getMessage()),
        request_id=getattr(record, "request_id", ""),
        exception=exception[-MESSAGE_CHARS_MAX:],  # the end says what went wrong
    )


def _cut(message: str) -> str:
    shown = message if len(message) <= MESSAGE_CHARS_MAX else message[:MESSAGE_CHARS_MAX] + "…"
    return shown.encode("unicode_escape").decode() if not shown.isprintable() else shown
