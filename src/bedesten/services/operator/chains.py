"""What an operator asks of simulated networks: a payment out of nothing, what was paid, and faults to bring about."""

from __future__ import annotations

from typing import Final

from bedesten.services.errors import OperationRefused
from bedesten.services.operator import forms
from bedesten.services.operator.answers import ChainPaymentRow, FaucetRow, MinedRow
from bedesten.services.operator.names import amount_text, code_of, network_named
from bedesten.services.operator.typed import amount_of
from bedesten.services.store_types import Destination, Payment
from bedesten.services.venue import Venue

PAYMENTS_SHOWN_MAX: Final = 1_000  # more are no list for a person


async def faucet(venue: Venue, form: forms.Faucet) -> list[FaucetRow]:
    """Let the simulated chain pay an address."""
    found = venue.catalogue.asset(form.asset)
    chain = None if found is None else venue.network_deposits.network(found, form.network)
    if found is None or chain is None:
        known = ", ".join(each.name for each in venue.catalogue.networks)
        raise OperationRefused(
            f"no network {form.network!r} carries {form.asset!r}; there are {known or 'no networks'}"
        )
    payment = await venue.network_deposits.fund(
        chain, found, amount_of(form.amount, found), Destination(form.address, form.tag)
    )
    return [FaucetRow(payment.id, payment.network, payment.height)]


async def chain_payments(venue: Venue, form: forms.LastPayments) -> list[ChainPaymentRow]:
    """Return the last payments on all chains, newest first."""
    rows = []
    for payment, confirmations in await venue.chain_faults.payments(max(0, min(form.limit, PAYMENTS_SHOWN_MAX))):
        row = _row(venue, payment)
        row.confirmations = confirmations
        rows.append(row)
    return rows


async def reorganize(venue: Venue, form: forms.Reorganize) -> list[ChainPaymentRow]:
    """Replace the last blocks of a simulated network, and return the payments that were in them."""
    return [_row(venue, each) for each in await venue.chain_faults.reorganize(form.network, form.depth)]


async def mine_blocks(venue: Venue, form: forms.Mine) -> list[MinedRow]:
    """Add blocks to a simulated network at once."""
    network = network_named(venue, form.network)
    return [MinedRow(network, await venue.chain_faults.mine(network, form.count))]


async def fail_payment(venue: Venue, form: forms.Numbered) -> list[ChainPaymentRow]:
    """Let the payment of a withdrawal fail."""
    return [_row(venue, await venue.chain_faults.fail(form.id))]


async def delay_payment(venue: Venue, form: forms.Numbered) -> list[ChainPaymentRow]:
    """Let no block take the payment of a withdrawal."""
    return [_row(venue, await venue.chain_faults.delay(form.id))]


async def include_payment(venue: Venue, form: forms.Numbered) -> list[ChainPaymentRow]:
    """Let the next block take a payment that was delayed."""
    return [_row(venue, await venue.chain_faults.include(form.id))]


def _row(venue: Venue, payment: Payment) -> ChainPaymentRow:
    return ChainPaymentRow(
        payment.id, payment.network, code_of(venue, payment.asset), amount_text(venue, payment.amount, payment.asset),
        payment.to.address, payment.to.tag, payment.reference or "", payment.state.value,
    )  # fmt: skip
