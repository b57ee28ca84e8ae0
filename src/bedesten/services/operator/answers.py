"""What operations answer: a struct a row. Amounts and prices are decimals as texts; instants are ISO 8601, UTC, "" for none."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from bedesten.services.operator.operation import says

AccountName = Annotated[str, says("The account's name.")]
AssetCode = Annotated[str, says("The asset's code.")]
Amount = Annotated[str, says("How much.")]


class AccountRow(msgspec.Struct):
    """An account."""

    id: Annotated[int, says("Its number.")]
    name: Annotated[str, says("Its name.")]
    keys: Annotated[int, says("How many API keys it has.")]
    parent: Annotated[str, says("The account that it is a sub-account of.")]
    email: Annotated[str, says("Its holder's e-mail address.")]


class NamedRow(msgspec.Struct):
    """An account that was opened or changed."""

    id: Annotated[int, says("Its number.")]
    name: Annotated[str, says("Its name.")]
    email: Annotated[str | UnsetType, says("Its holder's e-mail address, where one was given.")] = UNSET


class BalanceRow(msgspec.Struct):
    """What an account has of one asset."""

    asset: AssetCode
    total: Annotated[str, says("All of it.")]
    available: Annotated[str, says("What can be used.")]
    held: Annotated[str, says("What is held for orders, withdrawals and transfers.")]


class SuspendedRow(msgspec.Struct):
    """A reason that still suspends an account."""

    account: AccountName
    still: Annotated[str, says("Why it stays suspended.")]


class KeyRow(msgspec.Struct):
    """An API key, without its secret."""

    key: Annotated[str, says("The key.")]
    account: AccountName
    permissions: Annotated[list[str], says("What it may do.")]
    label: Annotated[str, says("A word to know it by.")]
    ip_allow_list: Annotated[list[str], says("Addresses and networks it may be used from; none: any.")]
    expires: Annotated[str, says("When it ends.")]


class NewKeyRow(KeyRow):
    """An API key that was made."""

    secret: Annotated[str, says("Its secret, shown here and never again.")]


class NetworkWithdrawalRow(msgspec.Struct):
    """A withdrawal over a network."""

    id: Annotated[int, says("Its number.")]
    account: AccountName
    asset: AssetCode
    amount: Amount
    network: Annotated[str, says("The network's name.")]
    address: Annotated[str, says("Where it goes.")]
    tag: Annotated[str, says("The tag beside the address.")]
    stage: Annotated[str, says("How far it is.")]


class AddressRow(msgspec.Struct):
    """An address that an account may withdraw to."""

    network: Annotated[str, says("The network's name.")]
    address: Annotated[str, says("The address.")]
    tag: Annotated[str, says("The tag beside it.")]


class FaucetRow(msgspec.Struct):
    """A payment of the faucet."""

    payment: Annotated[str, says("Its id on the network.")]
    network: Annotated[str, says("The network's name.")]
    block: Annotated[int, says("The height of the block that holds it.")]


class MinedRow(msgspec.Struct):
    """Blocks that were added to a simulated network."""

    network: Annotated[str, says("The network's name.")]
    block: Annotated[int, says("The number of its newest block.")]


class ChainPaymentRow(msgspec.Struct):
    """A payment on a simulated network."""

    payment: Annotated[str, says("Its id on the network.")]
    network: Annotated[str, says("The network's name.")]
    asset: AssetCode
    amount: Amount
    address: Annotated[str, says("Where it goes.")]
    tag: Annotated[str, says("The tag beside the address.")]
    withdrawal: Annotated[int | str, says('The withdrawal that it pays; "": it is a deposit.')]
    state: Annotated[str, says("What became of it.")]
    confirmations: Annotated[int | UnsetType, says("How many blocks confirm it.")] = UNSET


class HoldRow(msgspec.Struct):
    """Money that is held for something other than an order."""

    id: Annotated[int, says("Its number.")]
    account: AccountName
    asset: AssetCode
    amount: Amount
    purpose: Annotated[str, says("What it is held for.")] = msgspec.field(name="for")
    since: Annotated[str, says("Since when.")]


class BankAccountRow(msgspec.Struct):
    """A bank account."""

    id: Annotated[int, says("Its number.")]
    account: AccountName
    asset: Annotated[str, says("The currency.")]
    bank: Annotated[str, says("The bank's code.")]
    branch: Annotated[str, says("The branch's code.")]
    number: Annotated[str, says("Its number at the bank.")]
    holder: Annotated[str, says("Whose it is.")]
    state: Annotated[str, says("Whether it is verified.")]
    deposits_to: Annotated[str, says("The number that the customer pays deposits to.")]


class BankDepositRow(msgspec.Struct):
    """A deposit by bank that was credited."""

    account: AccountName
    asset: Annotated[str, says("The currency.")]
    amount: Amount
    reference: Annotated[str, says("The bank's own.")]
    seq: Annotated[int, says("The command of the journal that credited it.")]


class BankWithdrawalRow(msgspec.Struct):
    """A withdrawal by bank."""

    id: Annotated[int, says("Its number.")]
    account: AccountName
    asset: Annotated[str, says("The currency.")]
    amount: Annotated[str, says("How much the bank has to pay.")]
    bank: Annotated[str, says("The code of the bank that it goes to.")]
    branch: Annotated[str, says("The branch's code.")]
    number: Annotated[str, says("The bank account that it goes to.")]
    holder: Annotated[str, says("Whose account that is.")]
    state: Annotated[str, says("How far it is.")]


class CustomerRow(msgspec.Struct):
    """A customer."""

    id: Annotated[int, says("The number of the account.")]
    name: Annotated[str, says("The customer's name.")]
    email: Annotated[str, says("The e-mail address.")]
    status: Annotated[str, says("The standing.")]
    level: Annotated[int, says("The KYC level.")]
    vip: Annotated[int, says("The VIP level.")]
    authenticator: Annotated[bool, says("Whether an authenticator is bound.")]
    under_review: Annotated[list[int], says("Levels that are under review.")]
    since: Annotated[str, says("Since when.")]


class CustomerDetailsRow(CustomerRow):
    """A customer, with everything that a review needs."""

    person: Annotated[str, says("Name, sex and birthday.")]
    identity_number: Annotated[str, says("The number of the identity card.")]
    phone: Annotated[str, says("The telephone number.")]
    bank_account: Annotated[str, says("Bank, branch and account that were told for level 3.")]
    answers: Annotated[list[str], says("The answers to the questionnaire.")]
    reviews: Annotated[list[str], says("Where each level stands.")]
    documents: Annotated[list[str], says("What was shown, and where that stands.")]


class DocumentRow(msgspec.Struct):
    """A document that was shown."""

    content_type: Annotated[str, says("Its media type.")]
    data: Annotated[str, says("The file, in base64.")]


class MessageRow(msgspec.Struct):
    """A message to a customer."""

    number: Annotated[int, says("Its number.")]
    time: Annotated[str, says("When it was written.")]
    channel: Annotated[str, says("How it goes.")]
    to: Annotated[str, says("Where it goes.")]
    subject: Annotated[str, says("Its subject.")]
    body: Annotated[str, says("Its text.")]


class InstrumentRow(msgspec.Struct):
    """An instrument."""

    id: Annotated[int, says("Its number.")]
    name: Annotated[str, says("Its name.")]
    state: Annotated[str, says("trading, halted, cancel_only or post_only_session.")]
    maker: Annotated[str, says("The maker's fee of a new account, a part of the notional.")]
    taker: Annotated[str, says("The taker's.")]
    tick: Annotated[str, says("The smallest step of its price.")]
    lot: Annotated[str, says("The smallest step of a quantity.")]
    index: Annotated[str, says("The index price.")] = ""
    told_by: Annotated[str, says("Who told it.")] = msgspec.field(name="told by", default="")
    age: Annotated[str, says("How long ago.")] = ""
    too_old: Annotated[str, says("When it is too old to go by.")] = msgspec.field(name="too old", default="")


class IndexRow(msgspec.Struct):
    """An index price that was told."""

    instrument: Annotated[str, says("The instrument's name.")]
    index: Annotated[str, says("The price.")]


class VenueTextRow(msgspec.Struct):
    """The venue file in force."""

    text: Annotated[str, says("The text of the file.")]


class VenueChangeRow(msgspec.Struct):
    """A key of the venue file that changed."""

    key: Annotated[str, says("Where it stands.")]
    before: Annotated[str, says("What it was; a secret is not repeated.")]
    after: Annotated[str, says("What it is.")]
    in_force: Annotated[str, says("From when on it counts.")] = msgspec.field(name="in force")


class AuditRow(msgspec.Struct):
    """An entry of the audit log."""

    seq: Annotated[int, says("The command of the journal that it stands beside.")]
    time: Annotated[str, says("When.")]
    actor: Annotated[str, says("Who asked.")]
    action: Annotated[str, says("For what.")]
    outcome: Annotated[str, says("What became of it.")]
    detail: Annotated[Any, says("What was asked, without secrets.")]
