"""What a person reads when a venue has started: where it is, who may trade, and a first order to copy."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bedesten.bootstrap import Running
from bedesten.config import demo_venue_file
from bedesten.core import COMPILED
from bedesten.dialects.registry import DIALECTS
from bedesten.services.market.indexes import named

ANSWERED: Final = {
    "memory": "once it is applied: a crash may lose it",
    "written": "once it is written: a power cut may lose it",
    "synced": "once it is on the disk",
}
NAME: Final = "bedesten"
STEPS: Final = ("accounts open NAME", "deposit NAME ASSET AMOUNT", "keys create NAME")


def greeting(running: Running) -> str:
    """Return the lines behind the first one."""
    url = running.server.url
    settings = running.settings
    kept = (
        "nothing is kept when it stops"
        if settings.directory is None
        else f"kept in {settings.data}; a command is answered {ANSWERED[settings.ack]}"
    )
    lines = [
        f"  venue      {_venue(running)}; {kept}",
        f"  explorer   {url}/docs",
        f"  health     {url}/healthz, {url}/readyz",
    ]
    for dialect in running.dialects:
        lines.append(f"  OpenAPI    {url}/openapi/{dialect.name}.json")
    for entry in DIALECTS:
        if entry.is_listed_by_file and not entry.markets(running.venue_file):
            lines.append(
                f"  notice     {entry.title}'s API lists no pair: name them under [listings] in the venue file "
                "(docs/venue-file.md)"
            )
    lines += _index_lines(running)
    if not COMPILED:
        lines.append(
            "  notice     the core runs as plain Python, some 30 times slower: install a C compiler and `make build`"
        )
    typed = command_as_typed()
    if settings.demo:
        lines += _demo_lines(running)
    else:
        lines += _known_key_lines(running)
        lines += [
            f"  {'next' if at == 0 else '':10} {typed} {step} --data {shlex.quote(settings.data)}"
            for at, step in enumerate(STEPS)
        ]
    return "\n".join(lines)


def _index_lines(running: Running) -> Iterator[str]:
    indexes, file = running.venue.indexes, running.venue_file
    if notice := indexes.notice():
        yield f"  notice     index prices {notice}: until they are told again, nothing goes by them (docs/operating.md)"
    if (file.otc or file.convert) and (untold := [each.name for each in indexes.untold()]):
        yield (
            f"  notice     no index price of {named(untold)}: conversions and OTC quotes need one (`{NAME} index`, "
            "docs/operating.md)"
        )


# A demo that ran on this directory left keys behind whose secrets everybody can read.
def _known_key_lines(running: Running) -> Iterator[str]:
    demos = (running.venue_file.demo, demo_venue_file().demo)
    known = dict.fromkeys(account.api_key for demo in demos for account in demo.accounts)
    if still_open := [key for key in known if running.venue.keys.find(key) is not None]:
        yield (
            f"  notice     keys of the demo, whose secrets are public, still open accounts here: {named(still_open)}: "
            f"`{NAME} keys revoke KEY` ends each"
        )


def _venue(running: Running) -> str:
    # The packaged file is the demo's; an operator's own venue without a file has its rules, but not its name.
    file, packaged = running.venue_file, demo_venue_file()
    listed = len(file.instruments)
    if running.settings.demo or file.name != packaged.name:
        return f"{file.name}: {listed} instruments"
    if file != packaged:
        return f"{listed} instruments on the packaged rules as they were changed here (`{NAME} venue show`)"
    return f"{listed} instruments on the packaged rules (a file of yours: --config)"


def command_as_typed() -> str:
    """Return how the person at the terminal can start this program again: from the path, or by where it lies."""
    program = Path(sys.argv[0])
    if program.name == "__main__.py":  # python -m bedesten
        return f"{shlex.quote(_from_here(Path(sys.executable)))} -m bedesten"
    found = shutil.which(NAME)
    if found is not None and Path(found).resolve() == program.resolve():
        return NAME
    return shlex.quote(_from_here(program))


def _from_here(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _demo_lines(running: Running) -> list[str]:
    from bedesten.simulation.reference import unpriced  # numpy: a tenth of a second that others need not wait

    url = running.server.url
    accounts = running.venue_file.demo.accounts
    lines = []
    if priced_here := unpriced(running.venue_file):
        lines.append(
            f"  notice     no price in [demo.prices]: simulated in dollars, {named(priced_here)} (docs/venue-file.md)"
        )
    if not accounts:
        return lines
    names, keys = (
        max(map(len, column)) for column in zip(*((each.name, each.api_key) for each in accounts), strict=True)
    )
    lines += ["", f"  demo accounts (also {url}/demo)"]
    for account in accounts:
        lines.append(
            f"    {account.name:{names}}  key {account.api_key:{keys}}  secret {account.api_secret}  "
            f"{', '.join(account.permissions)}"
        )
    for title, first_order in _first_orders(running):
        lines += ["", f"  a first order, {title}, to copy into a terminal:", "", first_order.rstrip()]
    return lines


def _first_orders(running: Running) -> Iterator[tuple[str, str]]:
    """Yield what can be placed here: by an account that may trade, on what the API lists."""
    file, url = running.venue_file, running.server.url
    trader = next((each for each in file.demo.accounts if each.funded and "trading" in each.permissions), None)
    if trader is None:
        return
    for entry in DIALECTS:
        first = entry.first_order
        if first is not None and first.market in entry.markets(file):
            yield entry.title, first.lines(url, trader.api_key, trader.api_secret)
