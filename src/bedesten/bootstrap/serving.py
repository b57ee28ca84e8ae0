"""The composition root: the only module that builds and wires everything.

The order matters. The port is taken first and the data directory second, so that a start that cannot work changes nothing;
the wire opens last, so that nobody meets a venue that is half there.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import logging
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from bedesten import __version__, extras
from bedesten.bootstrap.sandboxes import Sandbox, chance_of, claim, clock_of, open_sandbox
from bedesten.bootstrap.templates import Template, taken
from bedesten.bootstrap.venue_files import IN_MEMORY, Start, choose_venue_file, read_venue_file
from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import Clock, ManualClock, SystemClock
from bedesten.config import (
    ConfigError,
    Settings,
    VenueFile,
)
from bedesten.core import COMPILED
from bedesten.dialects.answers import Choice, ChoiceRefused, chosen
from bedesten.dialects.bitgin import choices as bitgin_choices
from bedesten.dialects.bitgin import dialect as bitgin
from bedesten.dialects.btcturk import choices as btcturk_choices
from bedesten.dialects.btcturk import dialect as btcturk
from bedesten.dialects.btcturk import limits as btcturk_limits
from bedesten.dialects.btse import choices as btse_choices
from bedesten.dialects.btse import dialect as btse
from bedesten.dialects.btse.sockets import Sockets
from bedesten.dialects.contract import Dialect, Limit
from bedesten.dialects.demo.dialect import DemoDialect
from bedesten.dialects.sandbox.dialect import SandboxDialect
from bedesten.server.app import App
from bedesten.server.control import ControlSocket
from bedesten.server.health import Health
from bedesten.server.metrics import Metrics
from bedesten.server.run import Server, listen
from bedesten.server.settings import ServerSettings
from bedesten.server.traffic import Traffic
from bedesten.services.chain_watch import watch_chains
from bedesten.services.chance import SYSTEM, Chance
from bedesten.services.customers import CustomerTools
from bedesten.services.errors import StoreFailure
from bedesten.services.instruments import Catalogue
from bedesten.services.log import recover
from bedesten.services.operator.operations import Operations
from bedesten.services.ports import AckPolicy, Chain, History, Snapshots, Store
from bedesten.services.sealing.secrets import WALLET_SEED, drawn, keep
from bedesten.services.sequencing.clock_check import clock_health
from bedesten.services.sequencing.ledger_check import REST, LedgerCheck
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.sequencing.snapshotting import keep_snapshots
from bedesten.services.sequencing.state import VenueState
from bedesten.services.venue import Venue, open_venue
from bedesten.services.venue_file.changes import (
    Changes,
    announcements,
)
from bedesten.storage import kill_points
from bedesten.storage.directory import open_directory
from bedesten.storage.documents import DocumentFiles, DocumentsInMemory
from bedesten.storage.kill_points import KillPoint, Trap
from bedesten.storage.memory import MemorySnapshots, open_forgetting

COLLECTED_AFTER: Final = 20_000  # objects more than there were: some megabytes at most that wait to be found
NS_PER_MS: Final = 1_000_000
NS_PER_S: Final = 1_000_000_000

#: What every dialect's documents have had in more than one way.
CHOICES: Final[Mapping[str, Sequence[Choice]]] = {
    "btse": btse_choices.CHOICES,
    "bitgin": bitgin_choices.CHOICES,
    "btcturk": btcturk_choices.CHOICES,
}

if TYPE_CHECKING:
    from bedesten.simulation.demo import Demo
    from bedesten.simulation.life import LifeState

Say = Callable[[str], None]
Replaying = Callable[[], contextlib.AbstractContextManager[Callable[[int], None]]]

_log = logging.getLogger("bedesten.bootstrap")


def _unseen() -> contextlib.AbstractContextManager[Callable[[int], None]]:
    return contextlib.nullcontext(lambda done: None)


class StartRefused(Exception):
    """The venue cannot start; the message says what is wrong and what to do. Nothing was changed."""


@dataclass
class Running:
    """A venue that answers, and what it takes to stop it."""

    venue: Venue
    server: Server
    settings: Settings
    venue_file: VenueFile
    dialects: Sequence[Dialect]
    failure: asyncio.Future[BaseException]
    check: LedgerCheck
    newest_snapshot: int = 0  # the seq it is of
    sandbox: Sandbox | None = None
    store: Store | None = None
    demo: Demo | None = None
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def template(self) -> Template:
        """Return what other venues can begin from; for a sandbox in memory. Raises: ValueError."""
        if self.sandbox is None or self.store is None or self.settings.data != IN_MEMORY:
            raise ValueError("a template is taken of a sandbox in memory")
        life = None if self.demo is None else self.demo.life
        return await taken(self.settings, self.venue, self.store, self.sandbox.settling, life)

    async def until_stopped(self, stop: asyncio.Event) -> BaseException | None:
        """Return when asked to stop (None), or with what went wrong."""
        waiting = asyncio.ensure_future(stop.wait())
        watched: set[asyncio.Future[object]] = {waiting, self.failure, *self.tasks}  # type: ignore[arg-type]
        done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if self.failure in done:
            return self.failure.result()
        for task in self.tasks:
            if task in done and not task.cancelled() and task.exception() is not None:
                return task.exception()
        return None


def check_interpreter() -> None:
    """Refuse an interpreter that skips assertions: they are part of how money is guarded.

    Raises: StartRefused.
    """
    if not __debug__:
        raise StartRefused("python -O drops the checks that guard money: start without -O and PYTHONOPTIMIZE")


@contextlib.contextmanager
def open_store(settings: Settings, say: Say, trap: Trap | None = None) -> Iterator[tuple[Store, Snapshots]]:
    """Yield the store and its snapshots, and close them.

    Raises: StoreFailure.
    """
    if settings.data == IN_MEMORY:
        store: Store = open_forgetting()
        snapshots: Snapshots = MemorySnapshots()
    else:
        opened = open_directory(
            Path(settings.data), policy=AckPolicy(settings.ack), say=say, disk=kill_points.disk_of(trap)
        )
        store, snapshots = opened.store, opened.snapshots
        for notice in opened.notices:
            say(notice)
    try:
        yield store, snapshots
    finally:
        store.close()


def _opened(
    settings: Settings, say: Say, trap: Trap | None, template: Template | None
) -> contextlib.AbstractContextManager[tuple[Store, Snapshots]]:
    return open_store(settings, say, trap) if template is None else template.opened()


@contextlib.asynccontextmanager
async def running_venue(
    settings: Settings, store: Store, state: VenueState, start: Start, clock: Clock,
    on_failure: Callable[[BaseException], None], chance: Chance = SYSTEM,
) -> AsyncIterator[Venue]:  # fmt: skip
    """Yield a venue over an open store, set up as its file says, and stop it.

    Raises: ServiceError, also when the file does not fit what the store holds.
    """
    venue_file = start.file
    catalogue = Catalogue(venue_file.assets, venue_file.instruments, venue_file.listings, venue_file.networks)
    kept_seed = drawn(state, store.vault, WALLET_SEED)
    seed = kept_seed or _new_seed(settings)
    policy = AckPolicy.MEMORY if settings.data == IN_MEMORY else AckPolicy(settings.ack)
    backfill = _past(settings, venue_file, clock)

    def chain(sequencer: Sequencer) -> Chain:
        made = SimulatedChain(sequencer, clock, catalogue.networks, bytes.fromhex(seed))
        catalogue.watch(lambda: made.connect(catalogue.networks))
        return made

    venue = open_venue(
        store, clock, catalogue,
        policy=policy, state=state, backfill=backfill, chain=chain, otc=venue_file.otc, limits=venue_file.withdrawals,
        convert=venue_file.convert, fiat=venue_file.fiat, levels=venue_file.levels,
        tools=_tools(settings, store, chance), on_failure=on_failure,
    )  # fmt: skip
    try:
        changes = Changes(venue.sequencer, clock, catalogue, venue_file, start.text)
        if kept_seed is None:  # before anybody can be told an address
            await keep(venue.sequencer, store.vault, WALLET_SEED, seed)
        await changes.set_up(start.given)
        changes.check_with(dialect_limits)
        changes.check_with(dialect_answers)
        changes.watch(lambda file, _: venue.standing.set_levels(file.levels))
        await venue.customers.register.set_up()
        await venue.customers.kyc.dossiers.clear()
        await venue.standing.set_up()
        await venue.confirmed_transfers.set_up()
        await venue.fiat.withdrawals.set_up()
        await venue.network_withdrawals.set_up()
        changes.watch(lambda _, made: venue.feeds.announce(announcements(made, clock.now_ns())))
        yield replace(venue, changes=changes)
    finally:
        await venue.sequencer.stop()


def _tools(settings: Settings, store: Store, chance: Chance) -> CustomerTools:
    memory = settings.data == IN_MEMORY
    return CustomerTools(
        randomness=chance,
        documents=DocumentsInMemory() if memory else DocumentFiles(Path(settings.data), store.sealing),
        tells_captchas=settings.demo,
    )


def _new_seed(settings: Settings) -> str:
    # Drawn once for a venue that keeps its data; the seed itself for one that does not, and in a sandbox.
    is_drawn = settings.data != IN_MEMORY and not settings.sandbox
    return SYSTEM(32).hex() if is_drawn else f"{settings.seed & (1 << 64) - 1:064x}"


def _past(settings: Settings, venue_file: VenueFile, clock: Clock) -> History | None:
    if not settings.demo:
        return None
    from bedesten.simulation.demo import reference_history  # numpy: a tenth of a second that others need not wait

    return reference_history(venue_file, settings.seed, clock)


def dialect_limits(venue_file: VenueFile) -> dict[str, dict[str, Limit]]:
    """Return every dialect's rate limits by class of requests, as the venue file has them.

    Raises: ConfigError when the file names a class of requests that no dialect has.
    """
    limits = {"btse": dict(btse.LIMITS), "bitgin": dict(bitgin.LIMITS), "btcturk": dict(btcturk_limits.LIMITS)}
    for name, rate in venue_file.rate_limits.items():
        dialect, _, kind = name.partition(".")
        kinds = btcturk_limits.FORMERLY.get(kind, (kind,)) if dialect == "btcturk" else (kind,)
        if not limits.get(dialect, {}).keys() >= set(kinds):
            known = ", ".join(f"{each}.{one}" for each, classes in limits.items() for one in classes)
            raise ConfigError(
                f"the venue file has rate_limits.{name}, which is no class of requests; there are {known}"
            )
        for each in kinds:
            own = limits[dialect][each]
            window = replace(own.windows[-1], requests=rate.requests, window_ns=rate.seconds * NS_PER_S)
            limits[dialect][each] = replace(own, windows=(window,))
    return limits


def dialect_answers(venue_file: VenueFile) -> dict[str, dict[str, str]]:
    """Return which answers every dialect gives where its venue's documents have had several.

    Raises: ConfigError when the file chooses what there is not.
    """
    try:
        return chosen(CHOICES, venue_file.answers)
    except ChoiceRefused as problem:
        raise ConfigError(f"the venue file: {problem}") from problem


def make_dialects(venue_file: VenueFile) -> list[Dialect]:
    """Return every dialect the venue speaks, with the rate limits that the venue file gives them.

    Raises: ConfigError.
    """
    limits, answers = dialect_limits(venue_file), dialect_answers(venue_file)
    sockets = Sockets(book_interval_ns=venue_file.book_interval_ms * NS_PER_MS)
    dialects: list[Dialect] = [btse.BtseDialect(sockets, limits["btse"], answers["btse"])]
    if not extras.missing("customers"):  # before BtcTurk, which would refuse what is unknown below /v1, too
        dialects.append(bitgin.BitginDialect(limits["bitgin"]))
    dialects.append(btcturk.BtcTurkDialect(limits=limits["btcturk"], answers=answers["btcturk"]))
    return dialects


@contextlib.asynccontextmanager
async def serve(
    settings: Settings, say: Say, clock: Clock | None = None, replaying: Replaying = _unseen,
    template: Template | None = None, listener: socket.socket | None = None,
) -> AsyncIterator[Running]:  # fmt: skip
    """Start everything, yield it once it answers, and stop it in good order. *replaying* shows how far recovery is.

    *template*: begin where it was taken. *listener*: a socket that listens already, in the place of the settings' port.

    Raises: StartRefused, ConfigError, StoreFailure, OSError.
    """
    check_interpreter()
    venue_file = read_venue_file(settings)
    make_dialects(venue_file)  # refuses what it cannot make sense of before anything is opened
    _check_extras(settings, venue_file, say)
    trap = _trap(say)
    listener = listener or _take_port(settings)
    clock = clock or clock_of(
        settings if template is None else msgspec.structs.replace(settings, start_ns=template.now_ns)
    )
    loop = asyncio.get_running_loop()
    failure: asyncio.Future[BaseException] = loop.create_future()

    def fail(error: BaseException) -> None:
        if not failure.done():
            failure.set_result(error)

    with contextlib.closing(listener), _opened(settings, say, trap, template) as (store, snapshots):
        newest = snapshots.newest()
        with replaying() as done:
            state = recover(store, snapshots, done if trap is None else trap.behind(done, KillPoint.REPLAYED))
        claim(settings, store, state.machine.seq)
        start = _chosen(settings, state, say)
        _say_when(say, state, clock)
        chance = chance_of(settings, 0 if template is None else template.draws)
        async with running_venue(settings, store, state, start, clock, fail, chance) as venue:
            if template is not None:
                venue.sequencer.deadlines.resume(template.advanced_ns)
            if trap is not None:
                venue.feeds.watch_commits(lambda committed: _pass_acknowledgment(trap, loop))
            running = _assemble(settings, venue, start.file, listener, failure)
            running.newest_snapshot = newest.seq if newest else 0
            running.store = store
            async with contextlib.AsyncExitStack() as stack:
                stack.enter_context(_rare_collections())
                await _open_doors(running, stack, None if template is None else template.life)
                yield running


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    """Let Python look for circular garbage less often while the venue answers.

    The requests of one batch make more objects than its usual threshold, and all of them end by themselves: a look for each
    batch found nothing, and took some 4 µs of every order.
    """
    before = gc.get_threshold()
    gc.set_threshold(COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _chosen(settings: Settings, state: VenueState, say: Say) -> Start:
    start = choose_venue_file(settings, state)
    for notice in start.notices:
        say(f"notice: {notice}")
        _log.warning("%s", notice)
    return start


def _say_when(say: Say, state: VenueState, clock: Clock) -> None:
    wrong = clock_health(state.time_ns, clock)
    if wrong is not None:
        say(f"warning: {wrong}")
        _log.error("%s", wrong)


def _check_extras(settings: Settings, venue_file: VenueFile, say: Say) -> None:
    """Refuse what cannot work with the packages that are installed, and say what is left out.

    Raises: StartRefused.
    """
    for extra, is_needed in (("lab", settings.demo), ("wallets", bool(venue_file.networks))):
        if is_needed and extras.missing(extra):
            raise StartRefused(extras.remedy(extra))
    if extras.missing("customers"):
        say(f"notice: {extras.remedy('customers')}; it is left out")


def _trap(say: Say) -> Trap | None:
    try:
        trap = kill_points.armed()
    except ValueError as error:
        raise StartRefused(str(error)) from None
    if trap is not None:
        say(f"{kill_points.VARIABLE} is set: this process will be killed")
    return trap


# Nothing has left the process yet: answers leave when the loop comes round, and once more for those behind a task.
def _pass_acknowledgment(trap: Trap, loop: asyncio.AbstractEventLoop) -> None:
    trap.passes(KillPoint.ACKNOWLEDGED)
    loop.call_soon(loop.call_soon, trap.passes, KillPoint.PUBLISHED)


def _take_port(settings: Settings) -> socket.socket:
    try:
        return listen(settings.host, settings.port)
    except OSError as error:
        remedy = {
            errno.EADDRINUSE: "another program has the port; choose one with --port, or --port 0 for any that is free",
            errno.EACCES: "ports below 1024 are the administrator's; choose one above with --port",
        }.get(error.errno or 0, "name an address of this machine with --host")
        raise StartRefused(f"cannot listen on {settings.host}:{settings.port} ({error.strerror}): {remedy}") from error


def _assemble(
    settings: Settings, venue: Venue, venue_file: VenueFile, listener: socket.socket,
    failure: asyncio.Future[BaseException],
) -> Running:  # fmt: skip
    # Where time is moved by hand, what happens when does not depend on how long a check takes.
    rest = 0 if isinstance(venue.clock, ManualClock) else REST
    check = LedgerCheck(venue.sequencer, venue.clock, venue.loops, rest=rest)
    sandbox = open_sandbox(settings, venue, lambda: _house(settings, venue))
    health = Health()
    health.add("store", lambda: str(failure.result()) if failure.done() else None)
    health.add("commands", venue.sequencer.health)
    health.add("clock", lambda: clock_health(venue.sequencer.state.time_ns, venue.clock))
    health.add("ledger", check.health)
    health.add("loops", venue.loops.health, is_vital=False)
    health.add("indexes", venue.indexes.notice, is_vital=False)
    documents: dict[str, Callable[[], bytes]] = {}
    dialects = make_dialects(venue_file)
    if settings.demo:
        from bedesten.simulation.demo import faucet_limits, listing

        accounts = msgspec.json.encode(listing(venue_file))
        documents["/demo"] = lambda: accounts
        dialects.append(DemoDialect(faucet_limits(venue_file)))
    if sandbox is not None:
        dialects.append(SandboxDialect(sandbox.steering, sandbox.stage.faults))
    wire = ServerSettings(
        trusted_proxies=settings.trusted_proxies, cors_origins=settings.cors_origins, is_behind_tls=settings.behind_tls,
        metrics_from=settings.metrics_from, has_access_log=settings.access_log,
    )  # fmt: skip
    traffic, directory = Traffic(), None if settings.data == IN_MEMORY else Path(settings.data)
    metrics = Metrics(venue, traffic, check, version=__version__, directory=directory)
    app = App(
        venue, dialects, settings=wire, health=health, documents=documents, traffic=traffic, metrics=metrics.text,
        stage=None if sandbox is None else sandbox.stage,
    )  # fmt: skip
    if venue.changes is not None:
        venue.changes.watch(lambda file, _: app.renew_limits(dialect_limits(file)))
    server = Server(app, host=settings.host, port=settings.port, settings=wire, listener=listener)
    return Running(venue, server, settings, venue_file, dialects, failure, check, sandbox=sandbox)


def _house(settings: Settings, venue: Venue) -> list[int]:
    if not settings.demo:
        return []
    from bedesten.simulation.demo import MAKER_NAMES, NOISE_NAMES

    known = map(venue.accounts.by_name, (*MAKER_NAMES, *NOISE_NAMES))
    return [account.id for account in known if account is not None]


async def _open_doors(running: Running, stack: contextlib.AsyncExitStack, life: LifeState | None) -> None:
    settings, venue = running.settings, running.venue
    stack.push_async_callback(_cancel, running.tasks)
    if settings.demo:
        from bedesten.simulation.demo import Demo

        demo = Demo(venue, running.venue_file, settings.seed, lives=settings.books == "living")
        if life is None:
            await demo.prepare()
        else:
            demo.resume(life)
        running.demo = demo
        running.tasks.append(asyncio.create_task(demo.run(), name="demo"))
    running.tasks.append(asyncio.create_task(watch_chains(venue), name="chains"))
    running.tasks.append(asyncio.create_task(running.check.run(), name="ledger"))
    if settings.data != IN_MEMORY:
        directory = Path(settings.data)
        snapshots = keep_snapshots(
            venue.loops,
            venue.clock,
            lambda: venue.sequencer.state.machine.seq,
            running.newest_snapshot,
            lambda: _build_snapshot(directory),
        )
        running.tasks.append(asyncio.create_task(snapshots, name="snapshots"))
        control = ControlSocket(directory, Operations(venue))
        await control.open()
        stack.push_async_callback(control.close)
    await running.server.start()
    stack.push_async_callback(running.server.stop)
    if running.sandbox is not None:
        stack.callback(running.sandbox.stage.let_go)


async def _build_snapshot(directory: Path) -> int:
    # In a process of its own: it replays what is new, and nobody here waits for it.
    try:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bedesten", "snapshot", "--quiet", "--data", str(directory),
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
    except OSError as error:  # no memory, too many processes, an interpreter that was replaced
        raise StoreFailure(f"its process could not be started: {error}") from error
    try:
        told, wrong = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        raise StoreFailure(wrong.decode(errors="replace").strip())
    if not told.strip().isdigit():
        raise StoreFailure(f"its process said {told[:40]!r} in place of a seq")
    return int(told)


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception):
            _log.error("a background task had failed: %s", outcome)


@contextlib.asynccontextmanager
async def offline_venue(settings: Settings, say: Say) -> AsyncIterator[Venue]:
    """Yield the venue of a data directory that no server runs on, and close it.

    Raises: StartRefused, ConfigError, StoreFailure.
    """
    check_interpreter()
    read_venue_file(settings)
    failures: list[BaseException] = []
    with open_store(settings, say) as (store, snapshots):
        state = recover(store, snapshots)
        start = _chosen(settings, state, say)
        clock = SystemClock()
        _say_when(say, state, clock)
        async with running_venue(settings, store, state, start, clock, failures.append) as venue:
            yield venue
    if failures:
        raise StoreFailure(str(failures[0])) from failures[0]


def describe_core() -> str:
    """Return one line about how the core runs, when there is something to say about it."""
    return (
        "" if COMPILED else "the core runs as plain Python, some 30 times slower: install a C compiler and `make build`"
    )
