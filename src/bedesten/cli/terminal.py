"""What every command shares: options that mean the same everywhere, asking a venue that runs or not, and how rows are shown.

Owns what a person sees in a terminal. Every failure that was foreseen ends in one sentence on standard error and exit code 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

import click
from click.core import ParameterSource
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from bedesten import bootstrap
from bedesten.config import ConfigError, Settings
from bedesten.core import InvariantError
from bedesten.server.control import ask_running, operator
from bedesten.services.errors import ServiceError
from bedesten.services.operator.operation import Operation
from bedesten.services.operator.operations import Answer, Operations
from bedesten.storage.directory import VENUE_FILE

BEHIND_ORDERS: Final = 10  # how much a process that works beside a venue lowers its priority
DATA: Final = "bedesten-data"  # where a venue lives unless told
AMOUNTS: Final = {"ignore_unknown_options": True}  # "-5" is an amount, and is refused as one


def _inherited(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    # `keys --data DIR list` is `keys list --data DIR`: what was said to the group is never dropped for a default
    name = parameter.name or ""
    said_here = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
    group = context.parent
    return value if said_here or group is None or name not in group.params else group.params[name]


data_option = click.option(
    "--data", default=DATA, show_default=True, envvar="BEDESTEN_DATA", callback=_inherited,
    help="The venue's data directory.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, callback=_inherited, help="Print JSON, for programs.")


def say(text: str) -> None:
    """Tell the person at the terminal something that is not a program's output."""
    click.echo(text, err=True)


def conclude(work: Coroutine[Any, Any, int], runner: Callable[[Coroutine[Any, Any, int]], int]) -> None:
    """Run *work* and end the process with its exit code; a foreseen failure is one sentence and exit code 1."""
    try:
        code = runner(work)
    except (ServiceError, ConfigError, bootstrap.StartRefused) as error:
        say(f"bedesten: {error}")
        code = 1
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)


def operate(data: str, operation: str, **arguments: Any) -> Answer:
    """Ask the venue on *data* for an operation, whether it runs or not."""
    answer: Answer = []

    async def work() -> int:
        nonlocal answer
        if data == bootstrap.IN_MEMORY:
            raise bootstrap.StartRefused(
                "a venue in memory cannot be operated on from outside; serve one with --data DIR"
            )
        told = await ask_running(Path(data), operation, arguments)
        if told is None:
            if operation != "open_account" and not (Path(data) / VENUE_FILE).exists():
                raise bootstrap.StartRefused(
                    f"there is no venue in {data}: name its directory with --data, or begin one with `accounts open`"
                )
            async with bootstrap.offline_venue(Settings(data=data), say) as venue:
                told = await Operations(venue).call(operation, arguments, operator(os.getuid()))
        answer = told
        return 0

    def runner(coroutine: Coroutine[Any, Any, int]) -> int:
        return asyncio.run(coroutine)

    try:
        runner(work())
    except (ServiceError, ConfigError, bootstrap.StartRefused) as error:
        say(f"bedesten: {error}")
        sys.exit(1)
    return answer


def show_rows(operation: Operation[Any, Any], rows: Answer, as_json: bool) -> None:
    """Print an operation's rows: as JSON, as columns, or, where there are none, a sentence that says so.

    The sentence goes to standard error: a program that counts lines counts none.
    """
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    if not rows:
        if operation.nothing:
            say(operation.nothing)
        return
    names = list(rows[0])
    table = [names, *([_cell(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[at]) for line in table) for at in range(len(names))]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={_cell(each)}" for name, each in value.items() if each not in (None, "", []))
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    # customers chose some of these words: a terminal obeys control characters, and shows what is reversed
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def foreseen(work: Callable[[], None]) -> None:
    """Run *work*; a foreseen failure is one sentence and exit code 1."""
    try:
        work()
    except (ServiceError, ConfigError, bootstrap.StartRefused, InvariantError) as error:
        say(f"bedesten: {error}")
        sys.exit(1)


def yield_to_orders() -> None:
    """Lower this process's priority, for work beside a venue that runs."""
    os.nice(BEHIND_ORDERS)


@contextlib.contextmanager
def progress(words: str, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """Yield a function that is told of commands done, and shows them on a terminal."""
    with Progress(
        TextColumn(words), SpinnerColumn(), TextColumn("{task.completed:,.0f} commands"), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True, disable=quiet or not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        task = bar.add_task(words, total=None)
        yield lambda done: bar.advance(task, done)


@contextlib.contextmanager
def stages() -> Iterator[Callable[[str, int, int], None]]:
    """Yield a function that is told what is being done, how much of it is done and how much there is; shown on a terminal."""
    with Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(),
        console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty(),
    ) as bar:  # fmt: skip
        tasks: dict[str, TaskID] = {}

        def told(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield told
