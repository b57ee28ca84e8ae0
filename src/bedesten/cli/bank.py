"""The command line's `bank`: what arrived at the bank, and what is to be paid there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from bedesten.cli.terminal import AMOUNTS
from bedesten.services.operator.bank import CURRENCY

Option = Callable[[Callable[..., Any]], Callable[..., Any]]
Do = Callable[..., None]


def bank_group(data_option: Option, json_option: Option, do: Do) -> click.Group:
    """Return the commands. *do* asks for an operation and prints its rows: do(data, as_json, name, **arguments)."""

    @click.group(invoke_without_command=True)
    @click.pass_context
    @data_option
    @json_option
    def bank(context: click.Context, data: str, as_json: bool) -> None:
        """List withdrawals by bank, pay them, credit deposits, verify bank accounts."""
        if context.invoked_subcommand is None:
            do(data, as_json, "bank_withdrawals")

    def command(name: str, operation: str, words: str, *parameters: Option) -> None:
        def call(data: str, as_json: bool, **arguments: Any) -> None:
            do(data, as_json, operation, **arguments)

        decorated: Callable[..., Any] = call
        for parameter in (json_option, data_option, *reversed(parameters)):
            decorated = parameter(decorated)
        bank.command(name, help=words, context_settings=AMOUNTS)(decorated)

    number = click.argument("id", metavar="NUMBER", type=int)
    asset = click.option("--asset", default=CURRENCY, show_default=True, help="The currency.")
    command(
        "deposit", "bank_deposit",
        "Credit AMOUNT that arrived for TO, an account's name or the number of its deposit account. "
        "REFERENCE is the bank's: told twice, it is credited once.",
        click.argument("to"), click.argument("amount"), click.argument("reference"), asset,
        click.option("--bank", default="", help="The code of the bank that it came from."),
        click.option("--number", default="", help="The account that it came from."),
        click.option("--holder", default="", help="Whose account that is."),
    )  # fmt: skip
    command("withdrawals", "bank_withdrawals", "List withdrawals by bank that have not ended.")
    command("begin", "begin_bank_withdrawal", "Begin to pay withdrawal NUMBER: it cannot be canceled any more.", number)
    command(
        "paid", "bank_withdrawal_paid", "Say that the bank paid withdrawal NUMBER.", number,
        click.option("--reference", default="", help="The bank's own."),
    )  # fmt: skip
    command(
        "failed", "bank_withdrawal_failed", "Say that withdrawal NUMBER will not be paid; it is given back.", number
    )
    command("accounts", "bank_accounts", "List bank accounts, of ACCOUNT or of all.",
            click.argument("account", required=False))  # fmt: skip
    command(
        "add", "add_bank_account", "Enter a bank account of ACCOUNT's that you verified: BANK's code, NUMBER, HOLDER.",
        click.argument("account"), click.argument("bank"), click.argument("number"), click.argument("holder"),
        click.option("--branch", default="", help="The branch's code."), asset,
    )  # fmt: skip
    command("verify", "verify_bank_account", "Say that bank account NUMBER is the customer's.", number)
    command("reject", "reject_bank_account", "Say that bank account NUMBER is not the customer's.", number)
    command("remove", "remove_bank_account", "Use bank account NUMBER no more.", number)
    return bank
