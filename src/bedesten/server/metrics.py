"""What the venue counts, named and written for Prometheus, for those who may read it.

Counts nothing itself: it reads plain numbers on request. Names, labels and meanings are listed in docs/operating.md,
and a test holds the two together.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from bedesten.domain.enums import CloseReason, EventKind, RejectReason
from bedesten.server.traffic import Traffic
from bedesten.services.sequencing.figures import Histogram

if TYPE_CHECKING:
    from bedesten.services.sequencing.ledger_check import LedgerCheck
    from bedesten.services.venue import Venue

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
NS: Final = 1e9
ORDER_EVENTS: Final = {  # how an order fared, by the kind of event that says so
    EventKind.PLACED: "accepted",
    EventKind.TRADED: "matched",
    EventKind.AMENDED: "amended",
    EventKind.TRIGGERED: "triggered",
}
FORWARDED: Final = frozenset({b"x-forwarded-for", b"forwarded", b"x-real-ip"})


class Metrics(Collector):
    """The venue's own figures, and the process's."""

    def __init__(
        self, venue: Venue, traffic: Traffic, check: LedgerCheck, *, version: str, directory: Path | None = None
    ) -> None:
        self._venue = venue
        self._traffic = traffic
        self._check = check
        self._version = version
        self._directory = directory
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        PlatformCollector(registry=self._registry)

    def text(self) -> bytes:
        """Return everything as it stands now, in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Yield the venue's families."""
        yield InfoMetricFamily("bedesten", "The program.", {"version": self._version})
        yield from self._orders()
        yield from self._commits()
        yield from self._ledger()
        yield from self._wire()
        yield from self._chains()
        yield from self._loops()
        yield from self._indexes()
        if self._directory is not None:
            yield from _files(self._directory, self._venue.clock.now_ns())

    def _orders(self) -> Iterator[Metric]:
        figures = self._venue.sequencer.figures
        orders = {word: figures.events[int(kind)] for kind, word in ORDER_EVENTS.items()}
        yield _counter("bedesten_orders", "Orders by what happened to them.", "outcome", orders)
        closes = figures.by_name(figures.closes, CloseReason)
        yield _counter("bedesten_orders_closed", "Orders that ended, by why.", "reason", closes)
        rejects = figures.by_name(figures.rejects, RejectReason)
        yield _counter("bedesten_rejects", "Commands the core refused, by why.", "reason", rejects)
        help_text = "From a command's hand-over to its acknowledgment."
        yield _histogram("bedesten_ack_seconds", help_text, {(): figures.acks}, NS)

    def _commits(self) -> Iterator[Metric]:
        sequencer = self._venue.sequencer
        figures = sequencer.figures
        yield _gauge("bedesten_seq", "The seq of the last command applied.", sequencer.state.machine.seq)
        yield _histogram("bedesten_commit_seconds", "How long a batch took to be written.", {(): figures.commits}, NS)
        yield _histogram("bedesten_commit_commands", "Commands in a batch.", {(): figures.batches}, 1)
        depths = sequencer.depths._asdict()
        yield _gauges("bedesten_queue_depth", "What waits for its turn.", "queue", depths)

    def _ledger(self) -> Iterator[Metric]:
        check = self._check
        now_ns = self._venue.clock.now_ns()
        age = (now_ns - check.passed_ns) / NS if check.passed_ns else float("inf")
        yield _gauge("bedesten_ledger_ok", "1: the last ledger check found all in order.", check.health() is None)
        yield _gauge("bedesten_ledger_check_age_seconds", "Since the last check that passed.", age)
        yield _gauge("bedesten_ledger_check_seconds", "How long it took.", check.took_ns / NS)
        yield CounterMetricFamily("bedesten_ledger_checks", "Checks that passed.", check.checks)

    def _wire(self) -> Iterator[Metric]:
        traffic = self._traffic
        answers = CounterMetricFamily(
            "bedesten_http_answers", "Answers by dialect and status.", labels=("dialect", "status")
        )
        for (dialect, status), count in traffic.answers.items():
            answers.add_metric((dialect, str(status)), count)
        yield answers
        spans: dict[tuple[str, ...], Histogram] = {(dialect,): span for dialect, span in traffic.spans.items()}
        yield _histogram("bedesten_http_seconds", "From a request to its answer.", spans, NS, labels=("dialect",))
        refusals = CounterMetricFamily(
            "bedesten_refusals", "Requests refused, by dialect and why.", labels=("dialect", "kind")
        )
        for (dialect, kind), count in traffic.refusals.items():
            refusals.add_metric((dialect, kind), count)
        yield refusals
        yield _counter("bedesten_rate_limited", "Requests over a rate limit.", "limit", traffic.limited)
        yield _counter("bedesten_rate_limit_blocks", "Callers shut out for a time.", "limit", traffic.blocked)
        yield _gauges("bedesten_sockets", "WebSockets open.", "path", traffic.sockets)
        yield CounterMetricFamily("bedesten_sockets_opened", "WebSockets ever opened.", traffic.sockets_opened)
        yield CounterMetricFamily("bedesten_frames_sent", "Frames written to WebSockets.", traffic.frames)
        yield CounterMetricFamily("bedesten_frames_dropped", "Frames thrown away.", traffic.frames_dropped)
        yield CounterMetricFamily(
            "bedesten_slow_readers", "WebSockets dropped for reading too slowly.", traffic.overflows
        )
        conflated = self._venue.sequencer.figures.conflated
        yield CounterMetricFamily("bedesten_conflated", "Changes of a book told with later ones.", conflated)

    def _loops(self) -> Iterator[Metric]:
        loops = self._venue.loops
        yield _gauges(
            "bedesten_loop_failing", "Parts of a loop beside the sequencer that fail now.", "loop", loops.failing()
        )
        yield _counter("bedesten_loop_failures", "Rounds of a loop that failed.", "loop", loops.failures)

    def _chains(self) -> Iterator[Metric]:
        stages: dict[str, int] = {}
        for each in self._venue.network_withdrawals.open():
            stages[each.stage.name.lower()] = stages.get(each.stage.name.lower(), 0) + 1
        yield _gauges("bedesten_withdrawals_open", "Withdrawals over networks under way.", "stage", stages)
        blocks = self._venue.network_deposits.heights
        yield _gauges("bedesten_chain_height", "The newest block of each network.", "network", blocks)

    def _indexes(self) -> Iterator[Metric]:
        ages = self._venue.indexes.ages()
        old = sum(age.is_too_old for age in ages)
        yield _gauge("bedesten_indexes_too_old", "Index prices that nothing goes by any more.", old)
        family = GaugeMetricFamily(
            "bedesten_index_age_seconds", "Since the index price was told.", labels=("instrument",)
        )
        for age in ages:
            family.add_metric((age.instrument.name,), age.age_ns / NS)
        yield family


def _gauge(name: str, documentation: str, value: float) -> Metric:
    return GaugeMetricFamily(name, documentation, value)


def _gauges(name: str, documentation: str, label: str, values: Mapping[str, int]) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=(label,))
    for word, value in values.items():
        family.add_metric((word,), value)
    return family


def _counter(name: str, documentation: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, documentation, labels=(label,))
    for word, count in counts.items():
        family.add_metric((word,), count)
    return family


def _histogram(
    name: str, documentation: str, rows: Mapping[tuple[str, ...], Histogram], unit: float, labels: tuple[str, ...] = ()
) -> Metric:
    family = HistogramMetricFamily(name, documentation, labels=labels)
    for row, histogram in rows.items():
        bounds = [f"{bound / unit:g}" for bound in histogram.bounds] + ["+Inf"]
        below, buckets = 0, []
        for bound, count in zip(bounds, histogram.counts, strict=True):
            below += count
            buckets.append((bound, float(below)))
        family.add_metric(row, buckets, histogram.total / unit)
    return family


def _files(directory: Path, now_ns: int) -> Iterator[Metric]:
    sizes = {path.name: path.stat().st_size for path in _present(directory.glob("*.sqlite3*"))}
    yield _gauges("bedesten_file_bytes", "The files of the data directory: journal and rows.", "file", sizes)
    ages = [now_ns - path.stat().st_mtime_ns for path in _present(directory.glob("snapshots/*.snapshot"))]
    age = min(ages) / NS if ages else float("inf")
    yield _gauge("bedesten_snapshot_age_seconds", "Since the newest state snapshot was made.", age)


def _present(paths: Iterable[Path]) -> list[Path]:
    return [path for path in paths if path.exists()]  # one may be replaced while we look


def readers(networks: Iterable[str]) -> Callable[[str, int, Iterable[tuple[bytes, bytes]]], bool]:
    """Return a function that tells whether who asks from an address and a port may read figures.

    A request through a proxy that is not configured does not show who sent it, and is refused. Where a proxy is believed,
    the server has put the client's address in the connection's place, and 0 in its port's; a connection of its own has a port.
    Raises: ValueError when a network is none.
    """
    known = [ipaddress.ip_network(each, strict=False) for each in networks]

    def may_read(address: str, port: int, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        if port and any(name in FORWARDED for name, _ in headers):
            return False
        try:
            found = ipaddress.ip_address(address)
        except ValueError:  # no address at all: a socket of this machine's, or a name from a proxy
            return False
        if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
            found = found.ipv4_mapped
        return any(found in network for network in known)

    return may_read
