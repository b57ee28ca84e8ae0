"""The command line's `holds`: money that is held for something other than an order, and giving it back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from bedesten.cli.terminal import AMOUNTS

Option = Callable[[Callable[..., Any]], Callable[..., Any]]
Do = Callable[..., None]


def holds_group(data_option: Option, json_option: Option, do: Do) -> click.Group:
    """Return the commands. *do* asks for an operation and prints its rows: do(data, as_json, name, **arguments)."""

    @click.group(invoke_without_command=True)
    @click.pass_context
    @data_option
    @json_option
    def holds(context: click.Context, data: str, as_json: bool) -> None:
        """List money that is held for withdrawals and transfers, give it back."""
        if context.invoked_subcommand is None:
            do(data, as_json, "holds")

    @holds.command("list")
    @click.argument("account", required=False)
    @data_option
    @json_option
    def list_holds(account: str | None, data: str, as_json: bool) -> None:
        """List what is held, of ACCOUNT or of all, oldest first."""
        do(data, as_json, "holds", account=account)

    @holds.command(context_settings=AMOUNTS)
    @click.argument("number", type=int)
    @data_option
    @json_option
    def release(number: int, data: str, as_json: bool) -> None:
        """Give what is held under NUMBER back to its account, while nothing was paid for it."""
        do(data, as_json, "release_hold", id=number)

    return holds
