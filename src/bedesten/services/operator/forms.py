"""What operations take: a struct a form. Every field says what it means, and is read as strictly as its type.

Decimals are texts: they are read exactly, by the scale of the asset or instrument that stands beside them.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from bedesten.domain.customers import Status
from bedesten.services.customers.kyc_records import DocumentKind
from bedesten.services.operator.operation import Switch, says

CURRENCY: Final = "TWD"  # of money by bank, unless another one is named
MESSAGES: Final = 100  # of the outbox, unless more are asked for
PAYMENTS: Final = 50  # of the simulated chains, likewise
PERMISSIONS: Final = ("read", "trading")  # of a key, unless others are named

AccountName = Annotated[str, says("The account's name.", is_holder=True)]
AssetCode = Annotated[str, says("The asset's code.")]
Amount = Annotated[str, says("How much, a decimal above zero.", is_number=True)]
NetworkName = Annotated[str, says("The network's name.")]
Address = Annotated[str, says("An address on that network.")]
Tag = Annotated[str, says("The tag beside the address, where the network has tags.")]
CustomerName = Annotated[str, says("The customer's name, or e-mail address.", is_holder=True)]
DocumentName = Annotated[str, says("Which document.", choices=[kind.name.lower() for kind in DocumentKind])]
Currency = Annotated[str, says("The currency.")]
IpAddresses = Annotated[
    list[str],
    says(
        "An address or network it may be used from.",
        typed="--ip",
        empty=Switch("--any", "It may be used from every address."),
    ),
]


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    """What every form is: a field that nobody knows is a slip, and is refused."""


class Nothing(Strict):
    """Takes nothing."""


# ── accounts and keys ──


class NamedAccount(Strict):
    """Names an account."""

    account: AccountName


class OfAccount(Strict):
    """Names an account, or means all of them."""

    account: Annotated[str | None, says("The account's name; without it all are meant.", is_holder=True)] = None


class OpenAccount(Strict):
    """Opens an account."""

    name: Annotated[str, says("The name of the new account.", is_holder=True)]
    parent: Annotated[str, says("The account that it belongs to: opens a sub-account.")] = ""
    email: Annotated[str, says("Its holder's e-mail address, by which others can pay it.", is_holder=True)] = ""


class SetAccount(Strict):
    """Gives an account's holder an e-mail address."""

    account: AccountName
    email: Annotated[str, says("The holder's e-mail address, which nobody else has.", is_holder=True)]


class Deposit(Strict):
    """Credits an account."""

    account: AccountName
    asset: AssetCode
    amount: Amount


class SuspendAccount(Strict):
    """Suspends an account, or lifts that."""

    account: AccountName
    is_suspended: Annotated[bool, says("Whether it is suspended from now on.")]


class SetFeeTier(Strict):
    """Puts an account into a fee tier."""

    account: AccountName
    tier: Annotated[int, says("The tier's number; 0 is the one of new accounts.", typed="NUMBER")]


class CreateKey(Strict):
    """Makes an API key."""

    account: AccountName
    permissions: Annotated[list[str], says("What it may do: read,trading,transfer,wallet,withdraw.")] = msgspec.field(
        default_factory=lambda: list(PERMISSIONS)
    )
    label: Annotated[str, says("A word to know it by.")] = ""
    ip_allow_list: Annotated[
        list[str], says("An address it may be used from; any when none is given.", typed="--ip")
    ] = []
    expires: Annotated[str | None, says("A date or instant in ISO 8601, UTC.")] = None


class RestrictKey(Strict):
    """Keeps an API key to addresses."""

    key: Annotated[str, says("The API key.")]
    ip_allow_list: IpAddresses = []


class NamedKey(Strict):
    """Names an API key."""

    key: Annotated[str, says("The API key.")]


# ── withdrawals, networks, holds ──


class Numbered(Strict):
    """Names a withdrawal, a bank account or a hold by its number."""

    id: Annotated[int, says("Its number, as the list has it.", typed="NUMBER")]


class Faucet(Strict):
    """Pays an address over a simulated network."""

    network: NetworkName
    asset: AssetCode
    amount: Amount
    address: Address
    tag: Tag = ""


class AllowedAddress(Strict):
    """Names an address of an account's list."""

    account: AccountName
    network: NetworkName
    address: Address
    tag: Tag = ""


class LastPayments(Strict):
    """Asks for the last payments on the simulated networks."""

    limit: Annotated[int, says("How many.")] = PAYMENTS


class Reorganize(Strict):
    """Replaces the last blocks of a simulated network."""

    network: NetworkName
    depth: Annotated[int, says("How many blocks.")]


class Mine(Strict):
    """Blocks that are added to a simulated network."""

    network: NetworkName
    count: Annotated[int, says("How many blocks.")]


# ── banks ──


class BankDeposit(Strict):
    """Credits what arrived at the bank."""

    to: Annotated[str, says("An account's name, or the number of its deposit account.", is_holder=True)]
    amount: Amount
    reference: Annotated[str, says("The bank's own: told twice, it is credited once.")]
    asset: Currency = CURRENCY
    bank: Annotated[str, says("The code of the bank that it came from.")] = ""
    number: Annotated[str, says("The account that it came from.")] = ""
    holder: Annotated[str, says("Whose account that is.")] = ""


class BankPaid(Strict):
    """Names a withdrawal that the bank paid."""

    id: Annotated[int, says("Its number, as the list has it.", typed="NUMBER")]
    reference: Annotated[str, says("The bank's own.")] = ""


class AddBankAccount(Strict):
    """Enters a customer's bank account."""

    account: AccountName
    bank: Annotated[str, says("The bank's code.")]
    number: Annotated[str, says("The bank account's number.")]
    holder: Annotated[str, says("Whose account that is.")]
    branch: Annotated[str, says("The branch's code.")] = ""
    asset: Currency = CURRENCY


# ── customers ──


class NamedCustomer(Strict):
    """Names a customer."""

    name: CustomerName


class EraseCustomer(Strict):
    """Names a customer by the name alone: the audit log keeps what was asked."""

    name: Annotated[str, says("The customer's name.", is_holder=True)]


class SetCustomer(Strict):
    """Changes how a customer stands."""

    name: CustomerName
    level: Annotated[int | None, says("The KYC level, 0 to 3.")] = None
    status: Annotated[str | None, says("The standing.", choices=[each.name.lower() for each in Status])] = None
    vip: Annotated[int | None, says("The VIP level, by which the OTC desk gives a discount.")] = None


class ReviewCustomer(Strict):
    """Decides on a level that is under review."""

    name: CustomerName
    level: Annotated[int, says("The level.")]
    verdict: Annotated[str, says("What is decided.", choices=["approve", "reject"])]


class NamedDocument(Strict):
    """Names a document of a customer's."""

    name: CustomerName
    kind: DocumentName


class LastMessages(Strict):
    """Asks for the last messages to customers."""

    limit: Annotated[int, says("How many.")] = MESSAGES


# ── the venue ──


class SetState(Strict):
    """Brings instruments into a state."""

    names: Annotated[list[str], says("The instruments' names; none: all.", empty=Switch("--all", "All instruments."))]
    state: Annotated[str, says("trading, halted, cancel_only or post_only_session.")]


class SetIndex(Strict):
    """Tells an index price."""

    instrument: Annotated[str, says("The instrument's name.")]
    price: Annotated[str, says("The price, a decimal above zero.", is_number=True)]
    is_source: Annotated[
        bool, says("Told by a program that tells it again: it is too old after 60 s.", typed="--source")
    ] = False


class VenueText(Strict):
    """Carries a whole venue file."""

    text: Annotated[str, says("The text of the file.", typed="FILE", has_lines=True)]


class SetVenueValue(Strict):
    """Sets a key of the venue file."""

    key: Annotated[str, says("Where it stands, such as instruments.BTC-USD.min_notional.")]
    value: Annotated[str, says("The value, in TOML or as plain text.", is_number=True, has_lines=True)]


class VenueKey(Strict):
    """Names a key of the venue file."""

    key: Annotated[str, says("Where it stands, such as instruments.BTC-USD.min_notional.")]


class ListAsset(Strict):
    """Describes a new asset."""

    asset: Annotated[str, says("Its code.", typed="CODE")]
    name: Annotated[str, says("Its name.")]
    scale: Annotated[int, says("Decimals of its smallest unit.")] = 8
    fiat: Annotated[bool, says("A currency of a state.")] = False


class ListInstrument(Strict):
    """Describes a new instrument."""

    base: Annotated[str, says("The code of the asset that is bought and sold.")]
    quote: Annotated[str, says("The code of the asset that it is paid in.")]
    group: Annotated[str, says("The group of the venue file whose fees and rules it has.")]
    tick_size: Annotated[str, says("The smallest step of its price.")]
    lot_size: Annotated[str, says("The smallest step of a quantity.")]
    state: Annotated[str, says("trading, halted, cancel_only or post_only_session")] = "trading"


# ── the audit log ──


class Since(Strict):
    """Asks for the audit log from an instant on."""

    since: Annotated[str | None, says("A date or instant in ISO 8601, UTC.")] = None


class BackupMade(Strict):
    """Says that a backup was made."""

    to: Annotated[str, says("The directory it is in.", typed="DEST", is_path=True)]
    seq: Annotated[int, says("The last command in it.")]
    digest: Annotated[str, says("The digest of the state it leads to.")]
