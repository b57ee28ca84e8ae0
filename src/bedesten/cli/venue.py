"""Commands that change what a venue is: its instruments, its file, its accounts' standing. All of them work while it runs."""

from __future__ import annotations

from pathlib import Path

import click

from bedesten.cli.terminal import AMOUNTS, data_option, foreseen, json_option, operate, show
from bedesten.config import ConfigError, load_venue_text

STATES = {  # what an operator says, and the state it leads to
    "halt": ("halted", "Take no orders and no cancels on these instruments."),
    "resume": ("trading", "Trade these instruments again."),
    "cancel-only": ("cancel_only", "Take nothing but cancels on these instruments."),
    "post-only": ("post_only_session", "Take only orders that rest on these instruments."),
}


def add_commands(cli: click.Group, accounts: click.Group) -> None:
    """Add them to the command line."""
    cli.add_command(venue)
    cli.add_command(instruments)
    cli.add_command(index)
    accounts.add_command(suspend)
    accounts.add_command(unsuspend)
    accounts.add_command(tier)


@click.group()
def venue() -> None:
    """Show the venue file in force, and change it, also while the venue runs."""


@venue.command("show")
@data_option
def show_file(data: str) -> None:
    """Print the venue file in force."""
    (row,) = operate(data, "venue_file")
    click.echo(row["text"], nl=False)


@venue.command()
@click.argument("file", type=click.Path())
@data_option
@json_option
def apply(file: str, data: str, as_json: bool) -> None:
    """Make the venue what FILE says."""
    text = ""

    def read() -> None:
        nonlocal text
        text = load_venue_text(Path(file))
        if "\0" in text:
            raise ConfigError(f"{file}: is no text")

    foreseen(read)
    show(operate(data, "apply_venue_file", text=text), as_json)


@venue.command("set", context_settings=AMOUNTS)
@click.argument("key")
@click.argument("value")
@data_option
@json_option
def set_value(key: str, value: str, data: str, as_json: bool) -> None:
    """Set KEY of the venue file, such as instruments.BTC-USD.min_notional, to VALUE."""
    show(operate(data, "set_venue_value", key=key, value=value), as_json)


@venue.command("unset")
@click.argument("key")
@data_option
@json_option
def unset_value(key: str, data: str, as_json: bool) -> None:
    """Drop KEY from the venue file, so that its default counts."""
    show(operate(data, "unset_venue_value", key=key), as_json)


@venue.command("list-asset")
@click.argument("code")
@click.argument("name")
@click.option("--scale", default=8, show_default=True, help="Decimals of its smallest unit.")
@click.option("--fiat", is_flag=True, help="A currency of a state.")
@data_option
@json_option
def list_asset(code: str, name: str, scale: int, fiat: bool, data: str, as_json: bool) -> None:
    """List a new asset: CODE and NAME."""
    show(operate(data, "list_asset", asset=code, name=name, scale=scale, fiat=fiat), as_json)


@venue.command("list-instrument")
@click.argument("base")
@click.argument("quote")
@click.option("--group", required=True, help="The group of the venue file whose fees and rules it has.")
@click.option("--tick-size", required=True, help="The smallest step of its price.")
@click.option("--lot-size", required=True, help="The smallest step of a quantity.")
@click.option("--state", default="trading", show_default=True, help="trading, halted, cancel_only or post_only_session")
@data_option
@json_option
def list_instrument(
    base: str, quote: str, group: str, tick_size: str, lot_size: str, state: str, data: str, as_json: bool
) -> None:
    """List a new instrument that exchanges BASE for QUOTE."""
    rows = operate(
        data,
        "list_instrument",
        base=base,
        quote=quote,
        group=group,
        tick_size=tick_size,
        lot_size=lot_size,
        state=state,
    )
    show(rows, as_json)


@click.group(invoke_without_command=True)
@click.pass_context
@data_option
@json_option
def instruments(context: click.Context, data: str, as_json: bool) -> None:
    """List instruments, halt and resume them."""
    if context.invoked_subcommand is None:
        show(operate(data, "instruments"), as_json)


@instruments.command("list")
@data_option
@json_option
def list_instruments(data: str, as_json: bool) -> None:
    """List instruments."""
    show(operate(data, "instruments"), as_json)


def _add_state(word: str, state: str, help_text: str) -> None:
    @instruments.command(word, help=help_text)
    @click.argument("names", nargs=-1)
    @click.option("--all", "is_all", is_flag=True, help="All instruments.")
    @data_option
    @json_option
    def change(names: tuple[str, ...], is_all: bool, data: str, as_json: bool) -> None:
        if is_all == bool(names):
            raise click.UsageError("name instruments, or say --all")
        show(operate(data, "set_state", names=list(names), state=state), as_json)


for _word, (_state, _help) in STATES.items():
    _add_state(_word, _state, _help)


@click.command(context_settings=AMOUNTS)
@click.argument("instrument")
@click.argument("price")
@click.option(
    "--source", "is_source", is_flag=True, help="Told by a program that tells it again: it is too old after 60 s."
)
@data_option
@json_option
def index(instrument: str, price: str, is_source: bool, data: str, as_json: bool) -> None:
    """Tell the index PRICE of INSTRUMENT: triggers, pegs, bands, conversions and OTC quotes follow it."""
    show(operate(data, "set_index", instrument=instrument, price=price, is_source=is_source), as_json)


@click.command()
@click.argument("account")
@data_option
def suspend(account: str, data: str) -> None:
    """Let ACCOUNT cancel, and nothing else."""
    operate(data, "suspend_account", account=account, is_suspended=True)


@click.command()
@click.argument("account")
@data_option
def unsuspend(account: str, data: str) -> None:
    """Let ACCOUNT trade again."""
    operate(data, "suspend_account", account=account, is_suspended=False)


@click.command(context_settings=AMOUNTS)
@click.argument("account")
@click.argument("number", type=int)
@data_option
def tier(account: str, number: int, data: str) -> None:
    """Put ACCOUNT into fee tier NUMBER; 0 is the one of new accounts."""
    operate(data, "set_fee_tier", account=account, tier=number)
