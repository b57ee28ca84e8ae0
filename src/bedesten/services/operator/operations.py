"""What an operator may ask of a venue by name: accounts, keys, deposits.

The command line and the control socket both end here. Owns the translation between an operator's words (names,
decimals, dates) and the services; arguments and answers are plain JSON values.
"""

from __future__ import annotations

import inspect
import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, get_type_hints

import msgspec

from bedesten.domain.money import to_text
from bedesten.domain.texts import is_fit
from bedesten.services.errors import OperationRefused, OutcomeUnknown
from bedesten.services.operator.administration import Administration
from bedesten.services.operator.audit import Entry
from bedesten.services.operator.bank import BankOperations
from bedesten.services.operator.customers import CustomerOperations
from bedesten.services.operator.emails import check_email, email_of, give_email
from bedesten.services.operator.holds import HoldOperations
from bedesten.services.operator.money import MoneyOperations
from bedesten.services.operator.typed import amount_of, instant_ns, instant_text
from bedesten.services.ports import NS_MAX
from bedesten.services.records import Account, ApiKey, Destination, Permission
from bedesten.services.standing import Act
from bedesten.services.threads import histories
from bedesten.services.venue import Venue
from bedesten.services.wallets.withdrawals import Withdrawal

__all__ = ["Answer", "OperationRefused", "Operations"]

Answer = list[dict[str, Any]]

#: What only looks, and leaves no entry in the audit log.
LOOKING = frozenset(
    {
        "accounts",
        "balances",
        "withdrawals",
        "keys",
        "audit",
        "allow_list",
        "chain_payments",
        "bank_accounts",
        "bank_withdrawals",
        "holds",
        "customers",
        "instruments",
        "venue_file",
    }
)


WHO = ("email", "name", "account", "to")  # arguments that may name a customer
IN_LINES = frozenset({"text", "value"})  # of the venue file
ANY = frozenset({("backup", "to")})  # a path of the system's, which may hold anything; the log escapes it


class Operations:
    """The operator's requests to one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._calls: dict[str, Callable[..., Awaitable[Answer]]] = {
            "accounts": self.accounts,
            "open_account": self.open_account,
            "set_account": self.set_account,
            "balances": self.balances,
            "deposit": self.deposit,
            "faucet": self.faucet,
            "withdrawals": self.withdrawals,
            "approve_withdrawal": self.approve_withdrawal,
            "reject_withdrawal": self.reject_withdrawal,
            "keys": self.keys,
            "create_key": self.create_key,
            "restrict_key": self.restrict_key,
            "revoke_key": self.revoke_key,
            "audit": self.audit,
            "backup": self.backup,
            **MoneyOperations(venue).calls,
            **HoldOperations(venue).calls,
            **BankOperations(venue).calls,
            **CustomerOperations(venue).calls,
            **Administration(venue).calls(),
        }

    async def call(self, name: str, arguments: Mapping[str, Any], actor: str = "operator") -> Answer:
        """Do what *actor* asks, note it in the audit log, and return its rows.

        Raises: ServiceError; OperationRefused when the request itself is at fault.
        """
        if name not in self._calls:
            raise OperationRefused(f"there is no operation {name!r}")
        if name in LOOKING:
            return await self._called(name, arguments)
        try:
            return await self._noted(name, arguments, actor)
        except OutcomeUnknown as error:
            raise OutcomeUnknown(
                f"the outcome is unknown; look whether it was done before you ask again: {error}"
            ) from error

    async def _noted(self, name: str, arguments: Mapping[str, Any], actor: str) -> Answer:
        async with self._venue.audit.noting(actor, name, arguments, lambda: self._about(arguments)) as noted:
            rows = await self._called(name, arguments)
            if rows and "in force" in rows[0]:
                noted["changes"] = [
                    f"{row['key']}: {row['before'] or 'none'} → {row['after'] or 'none'}" for row in rows
                ]
            return rows

    # Whose data key seals what the audit log says of it: so it is lost with that customer's other texts.
    def _about(self, arguments: Mapping[str, Any]) -> int:
        for name in WHO:
            text = arguments.get(name)
            if isinstance(text, str) and (customer := self._venue.customers.register.by_login(text)) is not None:
                return customer.account
        return 0

    async def _called(self, name: str, arguments: Mapping[str, Any]) -> Answer:
        call = self._calls[name]
        try:
            form = msgspec.convert(arguments, _form(call))  # what is no text must not get as far as the journal
            _check_texts(name, arguments)
            return await call(**msgspec.structs.asdict(form))
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            raise OperationRefused(str(error)) from error

    async def audit(self, since: str | None = None) -> Answer:
        """Return the audit log, oldest first. *since*: a date or instant in ISO 8601, UTC."""
        since_ns = instant_ns(since) if since else 0
        entries = await histories.run(lambda: list(self._venue.audit.entries(since_ns=since_ns)))
        return [_audit_row(entry) for entry in entries]

    async def backup(self, to: str, seq: int, digest: str) -> Answer:
        """Take note that a backup was made: what is done with the files needs no venue, what is said of it does."""
        return []

    async def accounts(self) -> Answer:
        """Return every account; of a sub-account, whose it is."""
        return [
            {
                "id": account.id,
                "name": account.name,
                "keys": len(self._venue.keys.list(account.id)),
                "parent": self._parent_name(account),
                "email": email_of(self._venue, account),
            }
            for account in self._venue.accounts.all()
        ]

    async def open_account(self, name: str, parent: str = "", email: str = "") -> Answer:
        """Open an account, or a sub-account of *parent*; with an e-mail address others can pay its holder."""
        if parent and email:
            raise OperationRefused("a sub-account has no e-mail address: its main account is who is paid")
        if email:
            check_email(self._venue, name, email)
            account = await self._venue.accounts.open(name)
            await give_email(self._venue, account, email)
            return [{"id": account.id, "name": account.name, "email": email}]
        if parent:
            account = await self._venue.subaccounts.open(name, self._account(parent))
        else:
            account = await self._venue.accounts.open(name)
        return [{"id": account.id, "name": account.name}]

    async def set_account(self, account: str, email: str) -> Answer:
        """Give an account's holder an e-mail address, or another one."""
        found = self._account(account)
        await give_email(self._venue, found, email)
        return [{"id": found.id, "name": found.name, "email": email_of(self._venue, found)}]

    async def balances(self, account: str) -> Answer:
        """Return what an account has of every asset it ever touched."""
        rows = await self._venue.accounts.balances(self._account(account).id)
        return [
            {
                "asset": row.asset.code,
                "total": to_text(row.total, scale=row.asset.scale),
                "available": to_text(row.available, scale=row.asset.scale),
                "held": to_text(row.held, scale=row.asset.scale),
            }
            for row in rows
            if row.total or row.held
        ]

    async def deposit(self, account: str, asset: str, amount: str) -> Answer:
        """Credit an account with money from outside; *amount* is a decimal."""
        found = self._venue.catalogue.asset(asset)
        if found is None:
            known = ", ".join(each.code for each in self._venue.catalogue.assets)
            raise OperationRefused(f"there is no asset {asset!r}; there are {known[:500]}")
        units = amount_of(amount, found)
        outcome = await self._venue.accounts.deposit(self._account(account).id, asset, units)
        if outcome.reject is not None:
            raise OperationRefused(f"the deposit was refused: {outcome.reject.name}")
        return [row for row in await self.balances(account) if row["asset"] == asset]

    async def faucet(self, network: str, asset: str, amount: str, address: str, tag: str = "") -> Answer:
        """Let the simulated chain pay an address; *amount* is a decimal."""
        found = self._venue.catalogue.asset(asset)
        chain = None if found is None else self._venue.wallets.network(found, network)
        if found is None or chain is None:
            known = ", ".join(each.name for each in self._venue.catalogue.networks)
            raise OperationRefused(f"no network {network!r} carries {asset!r}; there are {known or 'no networks'}")
        units = amount_of(amount, found)
        payment = await self._venue.wallets.fund(chain, found, units, Destination(address, tag))
        return [{"payment": payment.id, "network": payment.network, "block": payment.height}]

    async def withdrawals(self) -> Answer:
        """Return the withdrawals over networks that have not ended, oldest first."""
        return [self._withdrawal_row(each) for each in self._venue.sending.open()]

    async def approve_withdrawal(self, id: int) -> Answer:
        """Let a withdrawal go on that waits for it."""
        waiting = next((each for each in self._venue.sending.open() if each.id == id), None)
        if waiting is not None and not self._venue.standing.may(waiting.account, Act.CRYPTO_WITHDRAWAL):
            why = (
                "; ".join(self._venue.standing.reasons(waiting.account)) or "its customer's status or level forbids it"
            )
            raise OperationRefused(f"withdrawal {id} may not go on now: {why}")
        if not await self._venue.sending.approve(id):
            raise OperationRefused(f"no withdrawal {id} waits for approval")
        return []

    async def reject_withdrawal(self, id: int) -> Answer:
        """Give a withdrawal back to its account, while nothing was sent for it."""
        found = next((each for each in self._venue.sending.open() if each.id == id), None)
        if found is None or (await self._venue.withdrawals.cancel(found.account, id)).reject is not None:
            raise OperationRefused(f"no withdrawal {id} can be given back any more")
        return []

    async def keys(self, account: str | None = None) -> Answer:
        """Return API keys, without their secrets."""
        owner = None if account is None else self._account(account).id
        return [self._key_row(key) for key in self._venue.keys.list(owner)]

    async def create_key(
        self,
        account: str,
        permissions: list[str],
        label: str = "",
        ip_allow_list: list[str] | None = None,
        expires: str | None = None,
    ) -> Answer:
        """Make an API key; its secret is told here and never again. *expires*: a date or instant in ISO 8601, UTC."""
        granted = Permission(0)
        for name in permissions:
            if name.upper() not in Permission.__members__:
                known = ", ".join(each.lower() for each in Permission.__members__)
                raise OperationRefused(f"there is no permission {name!r}; there are {known}")
            granted |= Permission[name.upper()]
        if not granted:
            raise OperationRefused("a key needs at least one permission")
        for address in ip_allow_list or ():
            ipaddress.ip_network(address, strict=False)  # a key that no address may use would be a riddle
        key = await self._venue.keys.create(
            self._account(account).id,
            granted,
            label=label,
            ip_allow_list=ip_allow_list or (),
            expires_ns=self._expiry_ns(expires),
        )
        return [{**self._key_row(key), "secret": key.secret}]

    async def restrict_key(self, key: str, ip_allow_list: list[str] | None = None) -> Answer:
        """Let a key be used from these addresses only; none: from any. What is open with it from elsewhere ends."""
        for address in ip_allow_list or ():
            ipaddress.ip_network(address, strict=False)
        restricted = await self._venue.keys.restrict(key, ip_allow_list or ())
        found = self._venue.keys.find(key)
        if not restricted or found is None:
            raise OperationRefused(f"there is no API key {key!r}")
        return [self._key_row(found)]

    async def revoke_key(self, key: str) -> Answer:
        """Make a key useless."""
        if not await self._venue.keys.revoke(key):
            raise OperationRefused(f"there is no API key {key!r}")
        return []

    def _withdrawal_row(self, each: Withdrawal) -> dict[str, Any]:
        account, asset = self._venue.accounts.by_id(each.account), self._venue.catalogue.asset_by_id(each.asset)
        return {
            "id": each.id,
            "account": account.name if account else str(each.account),
            "asset": asset.code if asset else str(each.asset),
            "amount": to_text(each.amount, scale=asset.scale if asset else 0),
            "network": each.network,
            "address": each.destination.address,
            "tag": each.destination.tag,
            "stage": each.stage.value,
        }

    def _parent_name(self, account: Account) -> str:
        main = self._venue.subaccounts.main_of(account.id)
        parent = self._venue.accounts.by_id(main) if main != account.id else None
        return parent.name if parent is not None else ""

    def _account(self, name: str) -> Account:
        account = self._venue.accounts.by_name(name)
        if account is None:
            raise OperationRefused(f"there is no account {name!r}; open it first")
        return account

    def _expiry_ns(self, text: str | None) -> int:
        if not text:
            return 0
        expires_ns = instant_ns(text)
        if not self._venue.clock.now_ns() < expires_ns <= NS_MAX:
            latest = instant_text(NS_MAX)[:4]
            raise OperationRefused(f"a key cannot expire on {text}: name an instant to come, before the year {latest}")
        return expires_ns

    def _key_row(self, key: ApiKey) -> dict[str, Any]:
        account = self._venue.accounts.by_id(key.account)
        return {
            "key": key.key,
            "account": account.name if account else str(key.account),
            "permissions": [each.name.lower() for each in Permission if each in key.permissions and each.name],
            "label": key.label,
            "ip_allow_list": list(key.ip_allow_list),
            "expires": instant_text(key.expires_ns),
        }


def _form(call: Callable[..., Awaitable[Answer]]) -> type[msgspec.Struct]:
    """Return the struct whose fields are *call*'s parameters."""
    hints = get_type_hints(call)
    fields = [
        (name, hints[name]) if given.default is given.empty else (name, hints[name], given.default)
        for name, given in inspect.signature(call).parameters.items()
    ]
    return msgspec.defstruct("Arguments", fields, forbid_unknown_fields=True)


def _check_texts(operation: str, arguments: Mapping[str, Any]) -> None:
    for name, value in arguments.items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not is_fit(text, in_lines=name in IN_LINES) and (operation, name) not in ANY:
                raise OperationRefused(f"{name} holds a control character, or half a character: {ascii(text[:64])}")


def _audit_row(entry: Entry) -> dict[str, Any]:
    return {
        "seq": entry.number,
        "time": instant_text(entry.time_ns),
        "actor": entry.actor,
        "action": entry.action,
        "outcome": entry.outcome,
        "detail": entry.particulars,
    }
