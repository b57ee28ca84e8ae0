"""The one table of what an operator can do. The command line, the control socket, the audit log and the manual are made from it.

A row's name is what the control socket is asked for and what the audit log has; it is never given to something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from bedesten.services.operator import (
    accounts,
    answers,
    audit_log,
    bank,
    chains,
    customers,
    forms,
    holds,
    instruments,
    keys,
    venue_file,
    withdrawals,
)
from bedesten.services.operator.operation import ALWAYS, Effect, Group, Operation, Role, SecondPerson, Spelling

#: What commands that share their first word are about, and what the word alone asks for.
GROUPS: Final[Mapping[str, Group]] = {
    "accounts": Group("List accounts, open one, show balances.", "accounts"),
    "keys": Group("List API keys, create and revoke them.", "keys"),
    "withdrawals": Group("List withdrawals that are under way, approve one, give one back.", "withdrawals"),
    "holds": Group("List money that is held for withdrawals and transfers, give it back.", "holds"),
    "bank": Group("List withdrawals by bank, pay them, credit deposits, verify bank accounts.", "bank_withdrawals"),
    "customers": Group("List customers, set how they stand, review what they told and showed.", "customers"),
    "chain": Group("List payments on the simulated networks, and bring faults about.", "chain_payments"),
    "instruments": Group("List instruments, halt and resume them.", "instruments"),
    "venue": Group("Show the venue file in force, and change it, also while the venue runs."),
}

_support = partial(Operation, role=Role.SUPPORT)
_treasury = partial(Operation, role=Role.TREASURY)
_treasury_of_two = partial(_treasury, second_person=ALWAYS)
_admin = partial(Operation, role=Role.ADMIN)
_admin_of_two = partial(_admin, second_person=ALWAYS)
_look = partial(Operation, role=Role.VIEWER, effect=Effect.LOOKS)
_look_closely = partial(_support, effect=Effect.LOOKS_AT_SECRETS)
_RESUMES: Final = SecondPerson("trading is resumed", lambda form: form.state.lower() == "trading")
_RAISES: Final = SecondPerson("a level is set by hand", lambda form: form.level is not None)
_LIFTS: Final = SecondPerson("a suspension is lifted", lambda form: not form.is_suspended)


def _typed(*usages: str) -> tuple[Spelling, ...]:
    return tuple(Spelling(usage) for usage in usages)


_ACCOUNTS: Final = (
    _look(
        name="accounts", call=accounts.accounts, form=forms.Nothing, answer=answers.AccountRow,
        summary="List accounts.", typed=_typed("accounts list"), nothing="There is no account.",
    ),
    _support(
        name="open_account", call=accounts.open_account, form=forms.OpenAccount, answer=answers.NamedRow,
        summary="Open an account.", typed=_typed("accounts open NAME"),
    ),
    _support(
        name="set_account", call=accounts.set_account, form=forms.SetAccount, answer=answers.NamedRow, second_person=ALWAYS,
        summary="Give ACCOUNT's holder an e-mail address, or another one: then others can pay it by its name and address.",
        typed=_typed("accounts set ACCOUNT"),
    ),
    _look(
        name="balances", call=accounts.balances, form=forms.NamedAccount, answer=answers.BalanceRow,
        summary="Show what ACCOUNT has.", typed=_typed("accounts balances ACCOUNT"), nothing="The account has nothing.",
    ),
    _treasury_of_two(
        name="deposit", call=accounts.deposit, form=forms.Deposit, answer=answers.BalanceRow,
        summary="Credit ACCOUNT with AMOUNT of ASSET from outside.", typed=_typed("deposit ACCOUNT ASSET AMOUNT"),
    ),
    _admin(
        name="suspend_account", call=accounts.suspend_account, form=forms.SuspendAccount, answer=answers.SuspendedRow,
        second_person=_LIFTS, summary="Let an account cancel and nothing else, or trade again; shows what suspends it still.",
        typed=(
            Spelling("accounts suspend ACCOUNT", "Let ACCOUNT cancel, and nothing else.", {"is_suspended": True}),
            Spelling("accounts unsuspend ACCOUNT", "Let ACCOUNT trade again.", {"is_suspended": False}),
        ),
    ),
    _admin_of_two(
        name="set_fee_tier", call=accounts.set_fee_tier, form=forms.SetFeeTier, answer=None,
        summary="Put ACCOUNT into fee tier NUMBER; 0 is the one of new accounts.",
        typed=_typed("accounts tier ACCOUNT NUMBER"),
    ),
)  # fmt: skip

_KEYS: Final = (
    _look(
        name="keys", call=keys.keys, form=forms.OfAccount, answer=answers.KeyRow, nothing="There is no API key.",
        summary="List API keys, of ACCOUNT or of all, without their secrets.", typed=_typed("keys list [ACCOUNT]"),
    ),
    _admin_of_two(
        name="create_key", call=keys.create_key, form=forms.CreateKey, answer=answers.NewKeyRow,
        summary="Make an API key for ACCOUNT; the secret is shown now and never again.",
        typed=_typed("keys create ACCOUNT"),
    ),
    _admin_of_two(
        name="restrict_key", call=keys.restrict_key, form=forms.RestrictKey, answer=answers.KeyRow,
        summary="Let KEY be used from other addresses from now on, and show it.", typed=_typed("keys restrict KEY"),
    ),
    _admin(
        name="revoke_key", call=keys.revoke_key, form=forms.NamedKey, answer=None,
        summary="Make KEY useless from now on.", typed=_typed("keys revoke KEY"),
    ),
)  # fmt: skip

_WITHDRAWALS: Final = (
    _look(
        name="withdrawals", call=withdrawals.withdrawals, form=forms.Nothing, answer=answers.NetworkWithdrawalRow,
        summary="List withdrawals over networks that have not ended, oldest first.", typed=_typed("withdrawals"),
        nothing="No withdrawal is under way.",
    ),
    _treasury_of_two(
        name="approve_withdrawal", call=withdrawals.approve_withdrawal, form=forms.Numbered, answer=None,
        summary="Let withdrawal NUMBER go on that waits for it.", typed=_typed("withdrawals approve NUMBER"),
    ),
    _treasury(
        name="reject_withdrawal", call=withdrawals.reject_withdrawal, form=forms.Numbered, answer=None,
        summary="Give withdrawal NUMBER back to its account, while nothing was sent for it.",
        typed=_typed("withdrawals reject NUMBER"),
    ),
    _look(
        name="allow_list", call=withdrawals.allow_list, form=forms.NamedAccount, answer=answers.AddressRow,
        summary="List the only addresses that ACCOUNT may withdraw to.", typed=_typed("withdrawals allowed ACCOUNT"),
        nothing="The list has no address: the account may withdraw to any, or, where addresses were taken off, to none.",
    ),
    _treasury_of_two(
        name="allow_address", call=withdrawals.allow_address, form=forms.AllowedAddress, answer=answers.AddressRow,
        summary="Let ACCOUNT withdraw to ADDRESS on NETWORK, and from now on to no address that was not allowed.",
        typed=_typed("withdrawals allow ACCOUNT NETWORK ADDRESS"),
    ),
    _treasury_of_two(
        name="disallow_address", call=withdrawals.disallow_address, form=forms.AllowedAddress, answer=answers.AddressRow,
        summary="Take ADDRESS on NETWORK from ACCOUNT's list; an empty list allows no address.",
        typed=_typed("withdrawals disallow ACCOUNT NETWORK ADDRESS"), nothing="The list is empty: it allows no address.",
    ),
    _treasury_of_two(
        name="lift_allow_list", call=withdrawals.lift_allow_list, form=forms.NamedAccount, answer=answers.AddressRow,
        summary="Lift the list: let ACCOUNT withdraw to any address again.",
        typed=_typed("withdrawals disallow ACCOUNT --any"), nothing="There is no list any more: any address will do.",
    ),
    _look(
        name="holds", call=holds.holds, form=forms.OfAccount, answer=answers.HoldRow, nothing="Nothing is held.",
        summary="List what is held, of ACCOUNT or of all, oldest first.", typed=_typed("holds list [ACCOUNT]"),
    ),
    _treasury(
        name="release_hold", call=holds.release_hold, form=forms.Numbered, answer=answers.HoldRow,
        summary="Give what is held under NUMBER back to its account, while nothing was paid for it.",
        typed=_typed("holds release NUMBER"),
    ),
)  # fmt: skip

_BANK: Final = (
    _treasury_of_two(
        name="bank_deposit", call=bank.bank_deposit, form=forms.BankDeposit, answer=answers.BankDepositRow,
        summary="Credit AMOUNT that arrived for TO, an account's name or the number of its deposit account. REFERENCE is the "
        "bank's: told twice, it is credited once.",
        typed=_typed("bank deposit TO AMOUNT REFERENCE"),
    ),
    _look(
        name="bank_withdrawals", call=bank.bank_withdrawals, form=forms.Nothing, answer=answers.BankWithdrawalRow,
        summary="List withdrawals by bank that have not ended.", typed=_typed("bank withdrawals"),
        nothing="No withdrawal by bank is under way.",
    ),
    _treasury(
        name="begin_bank_withdrawal", call=bank.begin_bank_withdrawal, form=forms.Numbered,
        answer=answers.BankWithdrawalRow, typed=_typed("bank begin NUMBER"),
        summary="Begin to pay withdrawal NUMBER: it cannot be canceled any more.",
    ),
    _treasury_of_two(
        name="bank_withdrawal_paid", call=bank.bank_withdrawal_paid, form=forms.BankPaid, answer=answers.BankWithdrawalRow,
        summary="Say that the bank paid withdrawal NUMBER.", typed=_typed("bank paid NUMBER"),
    ),
    _treasury_of_two(
        name="bank_withdrawal_failed", call=bank.bank_withdrawal_failed, form=forms.Numbered,
        answer=answers.BankWithdrawalRow, typed=_typed("bank failed NUMBER"),
        summary="Say that withdrawal NUMBER will not be paid; it is given back.",
    ),
    _look(
        name="bank_accounts", call=bank.bank_accounts, form=forms.OfAccount, answer=answers.BankAccountRow,
        summary="List bank accounts, of ACCOUNT or of all.", typed=_typed("bank accounts [ACCOUNT]"),
        nothing="There is no bank account.",
    ),
    _treasury_of_two(
        name="add_bank_account", call=bank.add_bank_account, form=forms.AddBankAccount, answer=answers.BankAccountRow,
        summary="Enter a bank account of ACCOUNT's that you verified: BANK's code, NUMBER, HOLDER.",
        typed=_typed("bank add ACCOUNT BANK NUMBER HOLDER"),
    ),
    _treasury_of_two(
        name="verify_bank_account", call=bank.verify_bank_account, form=forms.Numbered, answer=answers.BankAccountRow,
        summary="Say that bank account NUMBER is the customer's.", typed=_typed("bank verify NUMBER"),
    ),
    _treasury(
        name="reject_bank_account", call=bank.reject_bank_account, form=forms.Numbered, answer=answers.BankAccountRow,
        summary="Say that bank account NUMBER is not the customer's.", typed=_typed("bank reject NUMBER"),
    ),
    _treasury(
        name="remove_bank_account", call=bank.remove_bank_account, form=forms.Numbered, answer=answers.BankAccountRow,
        summary="Use bank account NUMBER no more.", typed=_typed("bank remove NUMBER"),
    ),
)  # fmt: skip

_CUSTOMERS: Final = (
    _look(
        name="customers", call=customers.customers, form=forms.Nothing, answer=answers.CustomerRow,
        summary="List customers.", typed=_typed("customers list"), nothing="There is no customer.",
    ),
    _look_closely(
        name="customer", call=customers.customer, form=forms.NamedCustomer, answer=answers.CustomerDetailsRow,
        summary="Show customer NAME, with all that a review needs.", typed=_typed("customers show NAME"),
    ),
    _support(
        name="set_customer", call=customers.set_customer, form=forms.SetCustomer, answer=answers.CustomerRow,
        second_person=_RAISES, summary="Change how customer NAME stands.", typed=_typed("customers set NAME"),
    ),
    _support(
        name="review_customer", call=customers.review_customer, form=forms.ReviewCustomer,
        answer=answers.CustomerDetailsRow, typed=_typed("customers review NAME LEVEL VERDICT"),
        summary="Decide on LEVEL of customer NAME, which is under review.",
    ),
    _support(
        name="reject_document", call=customers.reject_document, form=forms.NamedDocument,
        answer=answers.CustomerDetailsRow, typed=_typed("customers reject-document NAME KIND"),
        summary="Ask customer NAME to show one document again.",
    ),
    _look_closely(
        name="document", call=customers.document, form=forms.NamedDocument, answer=answers.DocumentRow,
        summary="Write what customer NAME has shown to FILE.", typed=_typed("customers document NAME KIND FILE"),
    ),
    _support(
        name="forget_authenticator", call=customers.forget_authenticator, form=forms.NamedCustomer,
        answer=answers.CustomerDetailsRow, second_person=ALWAYS, typed=_typed("customers forget-authenticator NAME"),
        summary="Let NAME in without the second factor.",
    ),
    _admin_of_two(
        name="erase_customer", call=customers.erase_customer, form=forms.EraseCustomer, answer=answers.CustomerRow,
        summary="Forget for good who customer NAME was. The account and its money stay.",
        typed=_typed("customers erase NAME"),
    ),
    _look_closely(
        name="outbox", call=customers.outbox, form=forms.LastMessages, answer=answers.MessageRow, typed=_typed("outbox"),
        summary="Show what customers were written, newest first. Nothing was sent anywhere.",
        nothing="Nobody was written to.",
    ),
)  # fmt: skip

_CHAINS: Final = (
    _treasury(
        name="faucet", call=chains.faucet, form=forms.Faucet, answer=answers.FaucetRow,
        summary="Pay AMOUNT of ASSET to ADDRESS on the simulated NETWORK; its owner is credited once it is confirmed.",
        typed=_typed("faucet NETWORK ASSET AMOUNT ADDRESS"),
    ),
    _look(
        name="chain_payments", call=chains.chain_payments, form=forms.LastPayments, answer=answers.ChainPaymentRow,
        summary="List the last payments on the simulated networks, newest first.", typed=_typed("chain"),
        nothing="Nothing was paid on the simulated networks.",
    ),
    _admin(
        name="reorganize", call=chains.reorganize, form=forms.Reorganize, answer=answers.ChainPaymentRow,
        summary="Replace the last DEPTH blocks: payments to the venue in them are gone, those it sent are in the next block.",
        typed=_typed("chain reorganize NETWORK DEPTH"), nothing="No payment was in those blocks.",
    ),
    _admin(
        name="mine_blocks", call=chains.mine_blocks, form=forms.Mine, answer=answers.MinedRow,
        summary="Add COUNT blocks to a simulated network at once, besides those that come with time.",
        typed=_typed("chain mine NETWORK COUNT"),
    ),
    _admin(
        name="fail_payment", call=chains.fail_payment, form=forms.Numbered, answer=answers.ChainPaymentRow,
        summary="Let the payment of withdrawal NUMBER fail: its money is given back.", typed=_typed("chain fail NUMBER"),
    ),
    _admin(
        name="delay_payment", call=chains.delay_payment, form=forms.Numbered, answer=answers.ChainPaymentRow,
        summary="Let no block take the payment of withdrawal NUMBER.", typed=_typed("chain delay NUMBER"),
    ),
    _admin(
        name="include_payment", call=chains.include_payment, form=forms.Numbered, answer=answers.ChainPaymentRow,
        summary="Let the next block take the payment of withdrawal NUMBER again.", typed=_typed("chain include NUMBER"),
    ),
)  # fmt: skip

_VENUE: Final = (
    _look(
        name="instruments", call=instruments.instruments, form=forms.Nothing, answer=answers.InstrumentRow,
        summary="List instruments.", typed=_typed("instruments list"), nothing="There is no instrument.",
    ),
    _admin(
        name="set_state", call=instruments.set_state, form=forms.SetState, answer=answers.VenueChangeRow,
        second_person=_RESUMES, summary="Bring instruments into a state.", nothing="They are in that state already.",
        typed=(
            Spelling("instruments halt [NAMES]...", "Halt these instruments: they take cancels, and neither orders nor amends.",
                     {"state": "halted"}),
            Spelling("instruments resume [NAMES]...", "Trade these instruments again.", {"state": "trading"}),
            Spelling("instruments cancel-only [NAMES]...", "Take nothing but cancels on these instruments.",
                     {"state": "cancel_only"}),
            Spelling("instruments post-only [NAMES]...", "Take only orders that rest on these instruments.",
                     {"state": "post_only_session"}),
        ),
    ),
    _admin(
        name="set_index", call=instruments.set_index, form=forms.SetIndex, answer=answers.IndexRow,
        summary="Tell the index PRICE of INSTRUMENT: triggers, pegs, bands, conversions and OTC quotes follow it.",
        typed=_typed("index INSTRUMENT PRICE"), second_person=ALWAYS,
    ),
    _admin(
        name="venue_file", call=venue_file.venue_file, form=forms.Nothing, answer=answers.VenueTextRow,
        effect=Effect.LOOKS, summary="Print the venue file in force.", typed=_typed("venue show"),
    ),
    _admin_of_two(
        name="apply_venue_file", call=venue_file.apply_venue_file, form=forms.VenueText, answer=answers.VenueChangeRow,
        summary="Make the venue what FILE says.", typed=_typed("venue apply FILE"),
        nothing="Nothing changed: the venue is what the file says.",
    ),
    _admin_of_two(
        name="set_venue_value", call=venue_file.set_venue_value, form=forms.SetVenueValue, answer=answers.VenueChangeRow,
        summary="Set KEY of the venue file, such as instruments.BTC-USD.min_notional, to VALUE.",
        typed=_typed("venue set KEY VALUE"), nothing="Nothing changed: the file has that value.",
    ),
    _admin_of_two(
        name="unset_venue_value", call=venue_file.unset_venue_value, form=forms.VenueKey, answer=answers.VenueChangeRow,
        summary="Drop KEY from the venue file, so that its default counts.", typed=_typed("venue unset KEY"),
        nothing="Nothing changed: the file has no such key.",
    ),
    _admin_of_two(
        name="list_asset", call=venue_file.list_asset, form=forms.ListAsset, answer=answers.VenueChangeRow,
        summary="List a new asset: CODE and NAME.", typed=_typed("venue list-asset CODE NAME"),
    ),
    _admin_of_two(
        name="list_instrument", call=venue_file.list_instrument, form=forms.ListInstrument, answer=answers.VenueChangeRow,
        summary="List a new instrument that exchanges BASE for QUOTE.", typed=_typed("venue list-instrument BASE QUOTE"),
    ),
)  # fmt: skip

_AUDIT: Final = (
    _look(
        name="audit", call=audit_log.audit, form=forms.Since, answer=answers.AuditRow, typed=_typed("audit"),
        summary="Show who asked this venue for what, outside trading, and what became of it.",
        nothing="The audit log has no entry.",
    ),
    _admin(
        name="backup", call=audit_log.backup, form=forms.BackupMade, answer=None, typed=_typed("backup DEST"),
        summary="Copy the venue into the new directory DEST and prove the copy, also while the venue runs.",
    ),
)  # fmt: skip

#: Everything that an operator can do, by what it is about.
SECTIONS: Final[Mapping[str, tuple[Operation[Any, Any], ...]]] = {
    "Accounts": _ACCOUNTS,
    "API keys": _KEYS,
    "Withdrawals and holds": _WITHDRAWALS,
    "Banks": _BANK,
    "Customers": _CUSTOMERS,
    "Simulated networks": _CHAINS,
    "Instruments and the venue file": _VENUE,
    "Audit log and backups": _AUDIT,
}
OPERATIONS: Final = tuple(operation for section in SECTIONS.values() for operation in section)
BY_NAME: Final[Mapping[str, Operation[Any, Any]]] = {operation.name: operation for operation in OPERATIONS}
