"""The command line: serve a venue, and operate on one, running or not.

Owns what a person sees in a terminal. Every failure that was foreseen ends in one sentence on standard error and exit code 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import click

from bedesten import __version__, bootstrap
from bedesten.cli.backup import add_backup_commands
from bedesten.cli.by_hand import BY_HAND
from bedesten.cli.greeting import greeting
from bedesten.cli.operations import add_operations
from bedesten.cli.sandbox import sandbox as sandbox_group
from bedesten.cli.terminal import (
    DATA,
    conclude,
    data_option,
    foreseen,
    progress,
    say,
    yield_to_orders,
)
from bedesten.config import Settings
from bedesten.server.logs import FORMATS, LEVELS, logging_to
from bedesten.server.run import run
from bedesten.server.settings import LOCAL
from bedesten.services.log import new_state
from bedesten.storage import kill_points, verification
from bedesten.storage.reading import read_directory

ENDING: Final = (signal.SIGTERM, signal.SIGINT)  # what ends a venue in good order


def _networks(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    # in one spelling: the server would take what it cannot read, or 10.1.2.3/8, as a name that nobody has
    try:
        return tuple(str(ipaddress.ip_network(each, strict=False)) for each in value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


def main() -> None:
    """Run the command line."""
    cli(prog_name="bedesten")


class _Front(click.Group):
    """The whole command line: says where an option belongs that was given before the command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read what stands before the command."""
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            told = f"{error.format_message()} Options stand behind the command, as in `bedesten accounts --data DIR`."
            raise click.UsageError(told, ctx) from error


@click.group(cls=_Front, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="bedesten")
def cli() -> None:
    """A self-hosted crypto exchange that speaks the public APIs of real venues."""


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", default=8080, show_default=True, type=click.IntRange(0, 65535),
    help="The port to listen on; 0 takes any that is free.",
)  # fmt: skip
@click.option("--data", default=None, help=f"Data directory, or :memory:  [default: :memory: with --demo, else {DATA}]")
@click.option("--config", default=None, help="A venue.toml; without it the packaged demo venue.")
@click.option("--demo", is_flag=True, help="Add accounts with known keys, and books that live.")
@click.option("--seed", default=None, type=int, help="Of everything the demo draws.  [default: 1, or the scenario's]")
@click.option("--sandbox", is_flag=True, help="Let its driver move the clock and choose outcomes; for tests.")
@click.option(
    "--clock", default=None, type=click.Choice(["system", "manual", "offset"]),
    help="Whose time it is: the machine's; only when it is moved; the machine's and what it was moved on by."
    "  [default: offset with --sandbox, else system]",
)  # fmt: skip
@click.option(
    "--scenario", default="", metavar="NAME", help="What befalls a sandbox: a packaged scenario, or a TOML file."
)
@click.option(
    "--sandbox-from", multiple=True, metavar="NETWORK", callback=_networks,
    help="An address or network that may drive a sandbox.  [default: this machine]",
)  # fmt: skip
@click.option("--transcript", default="", metavar="FILE", help="Append what comes and goes to a file; a sandbox's.")
@click.option(
    "--ack", default="synced", show_default=True, type=click.Choice(["memory", "written", "synced"]),
    help="When a command is answered: once applied, once written, or once on the disk.",
)  # fmt: skip
@click.option(
    "--trusted-proxy", "proxies", multiple=True, metavar="NETWORK", callback=_networks,
    help="An address or network whose X-Forwarded-For, -Proto and -Host count.",
)  # fmt: skip
@click.option("--cors-origin", "origins", multiple=True, help="A site whose pages may call from a browser; * for all.")
@click.option("--behind-tls", is_flag=True, help="Clients come over TLS only: tell browsers to stay there (HSTS).")
@click.option(
    "--metrics-from", multiple=True, metavar="NETWORK", callback=_networks,
    help="An address or network that may read /metrics.  [default: this machine]",
)  # fmt: skip
@click.option(
    "--log-format", default="text", show_default=True, type=click.Choice(FORMATS), help="How lines are written."
)
@click.option(
    "--log-level", default="warning", show_default=True, type=click.Choice(LEVELS), help="The least that is told."
)
@click.option("--access-log", is_flag=True, help="Log a line for every request.")
def serve(
    host: str, port: int, data: str | None, config: str | None, demo: bool, seed: int | None,
    sandbox: bool, clock: Any, scenario: str, sandbox_from: tuple[str, ...], transcript: str,
    ack: Any,
    proxies: tuple[str, ...], origins: tuple[str, ...], behind_tls: bool,
    metrics_from: tuple[str, ...], log_format: Any, log_level: Any, access_log: bool,
) -> None:  # fmt: skip
    """Serve a venue until SIGTERM or Ctrl-C."""
    data = data or (bootstrap.IN_MEMORY if demo else DATA)
    settings = Settings(
        host=host, port=port, data=data, config=config, demo=demo, seed=1 if seed is None else seed, ack=ack,
        sandbox=sandbox, clock=clock or ("offset" if sandbox else "system"), scenario=scenario,
        sandbox_from=sandbox_from or LOCAL, transcript=transcript,
        trusted_proxies=proxies, cors_origins=origins, behind_tls=behind_tls,
        metrics_from=metrics_from or LOCAL, log_format=log_format, log_level=log_level, access_log=access_log,
    )  # fmt: skip
    with logging_to(sys.stderr, level=settings.log_level, form=settings.log_format):
        conclude(_serve(settings, has_seed=seed is not None), run)


class _ToldToEnd(Exception):
    """A signal came while the venue was recovering; nothing was begun that has to be finished."""


async def _serve(settings: Settings, *, has_seed: bool) -> int:
    settings = bootstrap.with_scenario(settings, has_seed=has_seed)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    told: list[int] = []  # signals that came before the loop could hear them: a journal is replayed in one go
    for number in ENDING:
        signal.signal(number, lambda number, _: told.append(number))

    @contextlib.contextmanager
    def replaying() -> Iterator[Callable[[int], None]]:
        with progress("recovering") as done:

            def replayed(commands: int) -> None:
                if told:
                    raise _ToldToEnd
                done(commands)

            yield replayed

    async def begun(running: bootstrap.Running) -> None:
        for number in ENDING:
            loop.add_signal_handler(number, stop.set)
        if told:
            stop.set()
        click.echo(f"listening on {running.server.url}")
        click.echo(greeting(running))
        sys.stdout.flush()

    try:
        failure = await bootstrap.live(settings, say, stop, begun, bootstrap.Host, replaying=replaying)
    except _ToldToEnd:
        return 0
    if failure is not None:
        say(f"bedesten: stopped, because {failure}")
        return 1
    return 0


@cli.command()
@data_option
def verify(data: str) -> None:
    """Prove that journal, snapshots, rows and ledger agree, or say where they do not."""

    def work() -> None:
        with progress("verifying") as done:
            verdict = verification.verify(Path(data), say, done)
        click.echo(
            f"{verdict.commands} commands, {verdict.snapshots} snapshots, every posting, {verdict.audit_entries} audit entries: "
            f"all agree\ndigest {verdict.digest}\nchain {verdict.journal_checksum}\n{_seals(verdict.data_keys)}"
        )

    foreseen(work)


def _seals(data_keys: int | None) -> str:
    if data_keys is None:
        return "secrets were not tried: the operator's key is not here"
    return f"secrets of {data_keys} data keys open"


@cli.command()
@data_option
@click.option("--until", default=0, type=click.IntRange(min=0), help="The seq of the last command to replay; 0: all.")
def replay(data: str, until: int) -> None:
    """Replay the journal from its first command and print the digest of where it leads."""

    def work() -> None:
        state = new_state()
        started = time.perf_counter()
        with progress("replaying") as done, read_directory(Path(data), say) as (rows, *_):
            for _ in verification.checked_replay(state, rows, 0, done, until):
                pass
        took = time.perf_counter() - started
        if until and state.machine.seq != until:
            say(f"there is no batch that ends with command {until}; stopped at the last one before it")
        click.echo(
            f"{state.machine.seq} commands in {took:.2f} s\ndigest {state.machine.digest()}\nfolds {state.folds.digest()}"
        )

    foreseen(work)


@cli.command()
@data_option
@click.option("--quiet", is_flag=True, help="Print the seq alone, and no progress.")
def snapshot(data: str, quiet: bool) -> None:
    """Write a state snapshot, so that the next start replays less; the venue may be running."""

    def work() -> None:
        yield_to_orders()
        with progress("replaying", quiet) as done:
            disk = kill_points.disk_of(kill_points.armed())
            seq = verification.build_snapshot(Path(data), say, done, disk)
        click.echo(str(seq) if quiet else f"the newest state snapshot is of seq {seq}")

    foreseen(work)


add_backup_commands(cli)
add_operations(cli, BY_HAND)
cli.add_command(sandbox_group)
