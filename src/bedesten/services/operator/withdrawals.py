"""What an operator asks of withdrawals over networks: those under way, approval, giving back, and lists of allowed addresses."""

from __future__ import annotations

from bedesten.services.errors import OperationRefused
from bedesten.services.operator import forms
from bedesten.services.operator.answers import AddressRow, NetworkWithdrawalRow
from bedesten.services.operator.names import account_named, amount_text, code_of, name_of, network_named
from bedesten.services.standing.standing import Act
from bedesten.services.store_types import Account, Destination
from bedesten.services.venue import Venue


async def withdrawals(venue: Venue, form: forms.Nothing) -> list[NetworkWithdrawalRow]:
    """Return the withdrawals over networks that have not ended, oldest first."""
    under_way = await venue.sequencer.read(lambda machine: venue.network_withdrawals.open())
    return [
        NetworkWithdrawalRow(
            each.id, name_of(venue, each.account), code_of(venue, each.asset), amount_text(venue, each.amount, each.asset),
            each.network, each.destination.address, each.destination.tag, each.stage.name.lower(),
        )
        for each in under_way
    ]  # fmt: skip


async def approve_withdrawal(venue: Venue, form: forms.Numbered) -> list[NetworkWithdrawalRow]:
    """Let a withdrawal go on that waits for it."""
    waiting = next((each for each in venue.network_withdrawals.open() if each.id == form.id), None)
    if waiting is not None and not venue.standing.may(waiting.account, Act.CRYPTO_WITHDRAWAL):
        why = "; ".join(venue.standing.reasons(waiting.account)) or "its customer's status or level forbids it"
        raise OperationRefused(f"withdrawal {form.id} may not go on now: {why}")
    if not await venue.network_withdrawals.approve(form.id):
        raise OperationRefused(f"no withdrawal {form.id} waits for approval")
    return []


async def reject_withdrawal(venue: Venue, form: forms.Numbered) -> list[NetworkWithdrawalRow]:
    """Give a withdrawal back to its account, while nothing was sent for it."""
    found = next((each for each in venue.network_withdrawals.open() if each.id == form.id), None)
    if found is None or (await venue.withdrawals.cancel(found.account, form.id)).reject is not None:
        raise OperationRefused(f"no withdrawal {form.id} can be given back any more")
    return []


# ── allowed addresses ──


async def allow_list(venue: Venue, form: forms.NamedAccount) -> list[AddressRow]:
    """Return the only addresses that an account may withdraw to; none: any will do, or none at all will."""
    return await _allowed(venue, account_named(venue, form.account))


async def allow_address(venue: Venue, form: forms.AllowedAddress) -> list[AddressRow]:
    """Let an account withdraw to an address, and to none that is not on its list."""
    owner, to = account_named(venue, form.account), Destination(form.address, form.tag)
    found = venue.catalogue.network(network_named(venue, form.network))
    if found is None or not venue.network_deposits.accepts(found, to):
        raise OperationRefused(f"{form.address!r} is no address on {form.network}")
    if not await venue.withdrawals.rules.allow(owner.id, found.name, to):
        raise OperationRefused("the list is full")
    return await _allowed(venue, owner)


async def disallow_address(venue: Venue, form: forms.AllowedAddress) -> list[AddressRow]:
    """Take an address from an account's list; a list without addresses allows none."""
    owner, network = account_named(venue, form.account), network_named(venue, form.network)
    if not await venue.withdrawals.rules.disallow(owner.id, network, Destination(form.address, form.tag)):
        raise OperationRefused(f"{form.address!r} is not on the list of {form.account!r}")
    return await _allowed(venue, owner)


async def lift_allow_list(venue: Venue, form: forms.NamedAccount) -> list[AddressRow]:
    """Let an account withdraw to any address again."""
    if not await venue.withdrawals.rules.lift(account_named(venue, form.account).id):
        raise OperationRefused(f"{form.account!r} may withdraw to any address already")
    return []


async def _allowed(venue: Venue, account: Account) -> list[AddressRow]:
    found = await venue.sequencer.read(lambda machine: venue.withdrawals.rules.allow_list(account.id))
    return [AddressRow(row.network, row.to.address, row.to.tag) for row in found or ()]
