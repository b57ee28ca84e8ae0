"""The command line's `customers` and `outbox`: who the customers are, what is under review, and what they were written."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from bedesten.cli.terminal import AMOUNTS
from bedesten.services.customers import Status
from bedesten.services.customers.kyc_records import DocumentKind
from bedesten.services.operator.customers import MESSAGES
from bedesten.services.operator.operations import Answer

Option = Callable[[Callable[..., Any]], Callable[..., Any]]
Do = Callable[..., None]
Ask = Callable[..., Answer]

_name = click.argument("name")
_kind = click.argument("kind", type=click.Choice([kind.name.lower() for kind in DocumentKind]))


def customers_group(data_option: Option, json_option: Option, do: Do, ask: Ask) -> click.Group:
    """Return the commands. *do* asks and prints, *ask* asks: do(data, as_json, name, **arguments)."""

    @click.group(invoke_without_command=True)
    @click.pass_context
    @data_option
    @json_option
    def customers(context: click.Context, data: str, as_json: bool) -> None:
        """List customers, set how they stand, review what they told and showed."""
        if context.invoked_subcommand is None:
            do(data, as_json, "customers")

    def command(name: str, operation: str, words: str, *parameters: Option) -> None:
        def call(data: str, as_json: bool, **arguments: Any) -> None:
            do(data, as_json, operation, **arguments)

        decorated: Callable[..., Any] = call
        for parameter in (json_option, data_option, *reversed(parameters)):
            decorated = parameter(decorated)
        customers.command(name, help=words, context_settings=AMOUNTS)(decorated)

    statuses = [status.name.lower() for status in Status]
    command("list", "customers", "List customers.")
    command("show", "customer", "Show customer NAME, with all that a review needs.", _name)
    command(
        "set", "set_customer", "Change how customer NAME stands.", _name,
        click.option("--level", type=int, default=None, help="The KYC level, 0 to 3."),
        click.option("--status", type=click.Choice(statuses), default=None, help="The standing."),
        click.option("--vip", type=int, default=None, help="The VIP level, by which the OTC desk gives a discount."),
    )  # fmt: skip
    command(
        "review", "review_customer", "Decide on LEVEL of customer NAME, which is under review.", _name,
        click.argument("level", type=int), click.argument("verdict", type=click.Choice(["approve", "reject"])),
    )  # fmt: skip
    command("reject-document", "reject_document", "Ask customer NAME to show one document again.", _name, _kind)
    command("forget-authenticator", "forget_authenticator", "Let NAME in without the second factor.", _name)
    command("erase", "erase_customer", "Forget for good who customer NAME was. The account and its money stay.", _name)
    customers.add_command(_document(data_option, ask))
    return customers


def _document(data_option: Option, ask: Ask) -> click.Command:
    @click.command("document")
    @_name
    @_kind
    @click.argument("file", type=click.Path(path_type=Path))
    @data_option
    def document(name: str, kind: str, file: Path, data: str) -> None:
        """Write what customer NAME has shown to FILE."""
        (row,) = ask(data, "document", name=name, kind=kind)
        try:
            with file.open("xb") as out:
                out.write(base64.b64decode(row["data"]))
        except OSError as error:
            raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error

    return document


def outbox_command(data_option: Option, json_option: Option, do: Do) -> click.Command:
    """Return the command."""

    @click.command("outbox")
    @click.option("--limit", default=MESSAGES, show_default=True, help="How many.")
    @data_option
    @json_option
    def outbox(data: str, as_json: bool, limit: int) -> None:
        """Show what customers were written, newest first. Nothing was sent anywhere."""
        do(data, as_json, "outbox", limit=limit)

    return outbox
