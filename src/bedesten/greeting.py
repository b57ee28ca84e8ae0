"""What a person reads when a venue has started: where it is, who may trade, and a first order to copy."""

from __future__ import annotations

from bedesten.bootstrap import IN_MEMORY, Running, describe_core
from bedesten.dialects.btse.first_order import first_order


def greeting(running: Running) -> str:
    """Return the lines behind the first one."""
    url = running.server.url
    settings = running.settings
    kept = (
        "nothing is kept when it stops"
        if settings.data == IN_MEMORY
        else f"data in {settings.data}, answers {settings.ack}"
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
        lines.append("  next       bedesten accounts open NAME, deposit NAME ASSET AMOUNT, keys create NAME")
    return "\n".join(lines)


def _demo_lines(running: Running) -> list[str]:
    url = running.server.url
    lines = ["", f"  demo accounts (also {url}/demo)"]
    for account in running.venue_file.demo.accounts:
        lines.append(
            f"    {account.name:9} key {account.api_key}   secret {account.api_secret}   {', '.join(account.permissions)}"
        )
    first = running.venue_file.demo.accounts[0]
    lines += ["", "  a first order, BTSE:", "", first_order(url, first.api_key, first.api_secret)]
    return lines
