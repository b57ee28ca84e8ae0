"""What the wire counts of itself: requests, refusals, sockets, frames. Plain numbers; metrics.py names them for Prometheus."""

from __future__ import annotations

from collections import Counter

from bedesten.services.sequencing.figures import TIME_BOUNDS_NS, Histogram


class Traffic:
    """The counts of one run, from zero."""

    __slots__ = (
        "answers", "blocked", "frames", "frames_dropped", "limited", "overflows", "refusals", "sockets", "sockets_opened",
        "spans",
    )  # fmt: skip

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()  # by dialect and status
        self.spans: dict[str, Histogram] = {}  # by dialect: from a request's last byte to its answer
        self.refusals: Counter[tuple[str, str]] = Counter()  # by dialect and kind of refusal
        self.limited: Counter[str] = Counter()  # requests refused, by class of requests
        self.blocked: Counter[str] = Counter()  # callers shut out for a time, by class of requests
        self.sockets: Counter[str] = Counter()  # open now, by path
        self.sockets_opened = 0
        self.frames = 0  # written
        self.frames_dropped = 0  # thrown away with a reader that was too slow, or gone
        self.overflows = 0  # readers that were too slow

    def note_answer(self, dialect: str, status: int, took_ns: int) -> None:
        """Count one answer to a known endpoint."""
        self.answers[dialect, status] += 1
        span = self.spans.get(dialect)
        if span is None:
            span = self.spans[dialect] = Histogram(TIME_BOUNDS_NS)
        span.note(took_ns)
