"""Commands of operations that are more than a request: they read a file, write one, or are two operations in one."""

from __future__ import annotations

import base64
from pathlib import Path

import click

from bedesten.cli.operations import field_of, summary_of
from bedesten.cli.terminal import AMOUNTS, data_option, foreseen, json_option, operate, show_rows
from bedesten.config import ConfigError, load_venue_text
from bedesten.services.operator.table import BY_NAME


@click.command("venue show", help=summary_of("venue_file"))
@data_option
def show_file(data: str) -> None:
    """Print the text alone, so that it can be given to `venue apply`."""
    (row,) = operate(data, "venue_file")
    click.echo(row["text"], nl=False)


@click.command("venue apply", help=summary_of("apply_venue_file"))
@click.argument("file", type=click.Path())
@data_option
@json_option
def apply_file(file: str, data: str, as_json: bool) -> None:
    """Read the file here: the venue may run as somebody who cannot."""
    text = ""

    def read() -> None:
        nonlocal text
        text = load_venue_text(Path(file))
        if "\0" in text:
            raise ConfigError(f"{file}: is no text")

    foreseen(read)
    show_rows(BY_NAME["apply_venue_file"], operate(data, "apply_venue_file", text=text), as_json)


@click.command("customers document", help=summary_of("document"))
@click.argument("name")
@click.argument("kind", type=click.Choice(field_of("document", "kind").choices))
@click.argument("file", type=click.Path(path_type=Path))
@data_option
def write_document(name: str, kind: str, file: Path, data: str) -> None:
    """Write a new file; nothing is overwritten."""
    (row,) = operate(data, "document", name=name, kind=kind)
    try:
        with file.open("xb") as out:
            out.write(base64.b64decode(row["data"]))
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error


@click.command("withdrawals disallow", help=summary_of("disallow_address"), context_settings=AMOUNTS)
@click.argument("account")
@click.argument("network", required=False)
@click.argument("address", required=False)
@click.option("--tag", default="", help=field_of("disallow_address", "tag").meaning)
@click.option("--any", "any_address", is_flag=True, help=summary_of("lift_allow_list"))
@data_option
@json_option
def disallow(
    account: str, network: str | None, address: str | None, tag: str, any_address: bool, data: str, as_json: bool
) -> None:
    """Take one address off a list, or lift the list."""
    if any_address:
        show_rows(BY_NAME["lift_allow_list"], operate(data, "lift_allow_list", account=account), as_json)
        return
    if network is None or address is None:
        raise click.UsageError("name NETWORK and ADDRESS, or --any")
    rows = operate(data, "disallow_address", account=account, network=network, address=address, tag=tag)
    show_rows(BY_NAME["disallow_address"], rows, as_json)


BY_HAND = (show_file, apply_file, write_document, disallow)
