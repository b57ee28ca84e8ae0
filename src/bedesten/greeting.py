"""What a person reads when a venue has started: where it is, who may trade, and a first order to copy."""

from __future__ import annotations

from typing import Final

from bedesten.bootstrap import IN_MEMORY, Running, describe_core
from bedesten.dialects.btcturk.first_order import first_order as first_order_btcturk
from bedesten.dialects.btse.first_order import first_order as first_order_btse

ANSWERED: Final = {
    "memory": "once it is applied: a crash may lose it",
    "written": "once it is written: a power cut may lose it",
    "synced": "once it is on the disk",
}
STEPS: Final = ("accounts open NAME", "deposit NAME ASSET AMOUNT", "keys create NAME")


def greeting(running: Running) -> str:
    """Return the lines behind the first one."""
    url = running.server.url
    settings = running.settings
    kept = (
        "nothing is kept when it stops"
        if settings.data == IN_MEMORY
        else f"kept in {settings.data}; a command is answered {ANSWERED[settings.ack]}"
    )
    lines = [
        f"  venue      {running.venue_file.name}: {len(running.venue_file.instruments)} instruments; {kept}",
        f"  explorer   {url}/docs",
        f"  health     {url}/healthz",
    ]
    for dialect in running.dialects:
        lines.append(f"  OpenAPI    {url}/openapi/{dialect.name}.json")
    note = describe_core()
    if note:
        lines.append(f"  notice     {note}")
    if settings.demo:
        lines += _demo_lines(running)
    else:
        lines += [
            f"  {'next' if at == 0 else '':10} bedesten {step} --data {settings.data}" for at, step in enumerate(STEPS)
        ]
    return "\n".join(lines)


def _demo_lines(running: Running) -> list[str]:
    url = running.server.url
    accounts = running.venue_file.demo.accounts
    if not accounts:
        return []
    names, keys = (
        max(map(len, column)) for column in zip(*((each.name, each.api_key) for each in accounts), strict=True)
    )
    lines = ["", f"  demo accounts (also {url}/demo)"]
    for account in accounts:
        lines.append(
            f"    {account.name:{names}}  key {account.api_key:{keys}}  secret {account.api_secret}  "
            f"{', '.join(account.permissions)}"
        )
    first = accounts[0]
    for title, first_order in (("BTSE", first_order_btse), ("BtcTurk", first_order_btcturk)):
        lines += ["", f"  a first order, {title}, to copy into a terminal:", ""]
        lines.append(first_order(url, first.api_key, first.api_secret).rstrip())
    return lines
