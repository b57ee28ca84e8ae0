"""Commands that drive a sandbox which runs: each is one request to its /sandbox, whose answer is shown as JSON."""

from __future__ import annotations

import http.client
import json
import sys
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click

from bedesten.cli.terminal import say

WAIT_S: Final = 600  # a day of a busy demo, stepped
URL: Final = "http://127.0.0.1:8080"  # unless told
UNKNOWN_PATH: Final = "no such path"  # what any venue answers where it serves nothing


def _keep(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    context.obj = value or context.obj or URL


class _Commands(click.Group):
    """Commands that take --url before and behind their names."""

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        """Add a command, and the option to it."""
        cmd.params.append(_url())
        super().add_command(cmd, name)


def _url() -> click.Option:
    return click.Option(
        ["--url"], expose_value=False, callback=_keep, help=f"Where the sandbox answers.  [default: {URL}]"
    )


@click.group(cls=_Commands, params=[_url()])
def sandbox() -> None:
    """Drive a venue that was served with --sandbox."""


@sandbox.command()
@click.pass_obj
def status(url: str) -> None:
    """Show its time, digest, faults in force and armed orders."""
    _ask(url, "GET", "/sandbox")


@sandbox.command()
@click.argument("by")
@click.option("--leap", is_flag=True, help="In one go: what speaks every second speaks once.")
@click.pass_obj
def advance(url: str, by: str, leap: bool) -> None:
    """Move its time on BY a duration: 5s, 5m, 2h, 1d."""
    _ask(url, "POST", "/sandbox/clock/advance", by=by, pace="leap" if leap else "step")


@sandbox.command()
@click.argument("client_id")
@click.option("--account", default="trader1", show_default=True)
@click.option("--quantity", default="", help="How much of it; all, unless told.")
@click.option("--through", is_flag=True, help="Fill what stands before it as well.")
@click.pass_obj
def fill(url: str, client_id: str, account: str, quantity: str, through: bool) -> None:
    """Fill the open order CLIENT_ID at its own price."""
    _ask(url, "POST", "/sandbox/orders/fill", account=account, client_id=client_id, quantity=quantity, through=through)


@sandbox.command()
@click.argument("client_id")
@click.argument("reason")
@click.option("--account", default="trader1", show_default=True)
@click.pass_obj
def refuse(url: str, client_id: str, reason: str, account: str) -> None:
    """Refuse the order that will come under CLIENT_ID for REASON: insufficient_balance, halted, post_only, suspended."""
    _ask(url, "POST", "/sandbox/orders/arm", account=account, client_id=client_id, reason=reason)


@sandbox.command()
@click.argument("client_id")
@click.option("--account", default="trader1", show_default=True)
@click.option("--within", default="1h", show_default=True, help="How far at most.")
@click.pass_obj
def until(url: str, client_id: str, account: str, within: str) -> None:
    """Move its time on until the order CLIENT_ID has ended."""
    _ask(url, "POST", "/sandbox/clock/until", account=account, client_id=client_id, within=within)


@sandbox.command()
@click.pass_obj
def transcript(url: str) -> None:
    """Show what came and went, oldest first, as one JSON array."""
    _ask(url, "GET", "/sandbox/transcript")


@sandbox.command()
@click.argument("pair")
@click.pass_obj
def halt(url: str, pair: str) -> None:
    """Let PAIR take nothing any more."""
    _ask(url, "POST", "/sandbox/pairs", pair=pair, state="halted")


@sandbox.command()
@click.argument("pair")
@click.pass_obj
def resume(url: str, pair: str) -> None:
    """Let PAIR trade again."""
    _ask(url, "POST", "/sandbox/pairs", pair=pair, state="trading")


@sandbox.command()
@click.argument("name")
@click.argument("balances", nargs=-1, metavar="[ASSET=AMOUNT]…")
@click.pass_obj
def account(url: str, name: str, balances: tuple[str, ...]) -> None:
    """Open an account NAME with balances, and show its key."""
    given = {code: amount for code, _, amount in (each.partition("=") for each in balances)}
    _ask(url, "POST", "/sandbox/accounts", name=name, balances=given)


@sandbox.command()
@click.argument("rule")
@click.pass_obj
def fault(url: str, rule: str) -> None:
    """Put a fault in force: RULE is JSON, as docs/testing.md has it."""
    try:
        form = json.loads(rule)
    except ValueError as error:
        raise click.BadParameter(f"not JSON: {error}") from error
    if not isinstance(form, dict):
        raise click.BadParameter("a rule is a JSON object")
    _ask(url, "POST", "/sandbox/faults", **form)


@sandbox.command()
@click.argument("scenario")
@click.pass_obj
def play(url: str, scenario: str) -> None:
    """Begin SCENARIO, a packaged one by its name or a TOML file: it comes as time goes by."""
    path = Path(scenario)
    if not path.is_file():
        _ask(url, "POST", "/sandbox/play", name=scenario)
        return
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.BadParameter(f"{scenario} cannot be read: {error}") from error
    _ask(url, "POST", "/sandbox/play", toml=text)


@sandbox.command()
@click.argument("name")
@click.pass_obj
def save(url: str, name: str) -> None:
    """Keep everything as it stands under NAME."""
    _ask(url, "POST", "/sandbox/states/save", name=name)


@sandbox.command()
@click.argument("name")
@click.pass_obj
def restore(url: str, name: str) -> None:
    """Begin again from what was kept under NAME, at the same address."""
    _ask(url, "POST", "/sandbox/states/restore", name=name)


@sandbox.command()
@click.option("--seed", type=int, default=None, help="Another seed; the same, unless told.")
@click.pass_obj
def reset(url: str, seed: int | None) -> None:
    """Begin again as at the first time."""
    _ask(url, "POST", "/sandbox/reset", seed=seed)


@sandbox.command()
@click.pass_obj
def states(url: str) -> None:
    """Show which states are kept, and where copies answer."""
    _ask(url, "GET", "/sandbox/states")


@sandbox.command()
@click.option(
    "--end", default="", metavar="URL", help="Stop the copy that answers there, in the place of beginning one."
)
@click.pass_obj
def fork(url: str, end: str) -> None:
    """Begin a copy that stands where the venue does, and show where it answers."""
    if end:
        _ask(url, "POST", "/sandbox/forks/end", url=end)
    else:
        _ask(url, "POST", "/sandbox/forks")


def _ask(at: str, method: str, path: str, **form: Any) -> None:
    """Ask, and show the answer; a refusal is one sentence and exit code 1."""
    place = urlsplit(at)
    connection = http.client.HTTPConnection(place.hostname or "127.0.0.1", place.port or 80, timeout=WAIT_S)
    body = json.dumps(form) if method == "POST" else None
    try:
        connection.request(method, path, body, {"content-type": "application/json"})
        answer = connection.getresponse()
        told = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        say(f"bedesten: no sandbox answers at {at} ({error}): serve one with --sandbox, or name its --url")
        sys.exit(1)
    finally:
        connection.close()
    if answer.status != 200:
        message = told.get("message", told)
        say(
            f"bedesten: {f'the venue at {at} is no sandbox: serve one with --sandbox' if message == UNKNOWN_PATH else message}"
        )
        sys.exit(1)
    click.echo(json.dumps(told))
