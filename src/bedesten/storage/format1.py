"""What records of format 1 said in texts, and those of format 2 of networks, as the notes that say it today.

The one place that still knows those texts. Old records stay byte for byte, and fold as new ones do. Never called for a record
of format 3 or later.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Final

import msgspec

from bedesten.domain.commands import COMMAND_WIDTH
from bedesten.domain.enums import Op
from bedesten.domain.notes import (
    AccountNamed,
    BankOrderAsked,
    BankPaid,
    Converted,
    FamilyMoved,
    FamilyReturned,
    HeldTransferAsked,
    HeldTransferDone,
    Note,
    Noted,
    PaymentCredited,
    QuoteSettled,
    Sent,
    WithdrawalAsked,
)

_OPEN_ACCOUNT: Final = int(Op.OPEN_ACCOUNT)
_HOLDING: Final = int(Op.HOLD_FUNDS)
_MOVING: Final = frozenset({int(Op.TRANSFER), int(Op.EXCHANGE), int(Op.CAPTURE_FUNDS)})


def notes_of(commands: bytes, texts: Mapping[int, str], noted: list[Noted]) -> list[Noted]:
    """Return the notes of a batch, by the index of their command: *noted*, and what texts say beside commands without a note.

    Programs that wrote format 2 had notes for some services already; deposits and withdrawals over networks still had texts.
    """
    ops = memoryview(commands).cast("q")[::COMMAND_WIDTH]
    spoken_of = {at for at, _ in noted}
    found = ((at, note_of(ops[at], text)) for at, text in texts.items() if 0 <= at < len(ops) and at not in spoken_of)
    told = [(at, note) for at, note in found if note is not None]
    return sorted([*noted, *told], key=itemgetter(0))


def note_of(op: int, text: str) -> Note | None:
    """Return what a text beside a command of that kind said; None for a client's own id of an order."""
    if op == _OPEN_ACCOUNT:
        return AccountNamed(name=text)
    if op == _HOLDING:
        return beside_hold(text)
    return beside_money(text) if op in _MOVING else None


def beside_money(text: str) -> Note | None:
    """Return the note for a text beside a command that moved money; its beginning says of which kind it is."""
    return _read(text, _MARKS)


def beside_hold(text: str) -> Note | None:
    """Return what a text beside a command that held money said."""
    return _read(text, _MARKS_OF_HOLDS)


def _read(text: str, marks: Mapping[str, Callable[[str], Note]]) -> Note | None:
    for mark, read in marks.items():
        if text.startswith(mark):
            return read(text)
    return None


class _Family(msgspec.Struct, frozen=True):
    account: int
    id: str = ""
    asked: str = ""
    is_return: bool = False


class _FamilyText(msgspec.Struct, frozen=True):
    family: _Family


def _family(text: str) -> Note:
    read = msgspec.json.decode(text, type=_FamilyText).family
    return FamilyReturned(read.account, read.id) if read.is_return else FamilyMoved(read.account, read.id, read.asked)


class _To(msgspec.Struct, frozen=True):
    account: int
    username: str


class _ToText(msgspec.Struct, frozen=True):
    to: _To


class _HeldText(msgspec.Struct, frozen=True):
    held: int


def _asked(text: str) -> Note:
    to = msgspec.json.decode(text, type=_ToText).to
    return HeldTransferAsked(to.account, to.username)


class _Order(msgspec.Struct, frozen=True):
    id: int
    code: str
    branch: str
    number: str
    holder: str
    fee: int
    must_confirm: bool = True


class _OrderText(msgspec.Struct, frozen=True):
    bank: _Order


def _by_bank(text: str) -> Note:
    to = msgspec.json.decode(text, type=_OrderText).bank
    return BankOrderAsked(to.id, to.code, to.branch, to.number, to.holder, to.fee, to.must_confirm, is_sealed=False)


def _carried_out(text: str) -> Note:
    return HeldTransferDone(msgspec.json.decode(text, type=_HeldText).held)


class _Convert(msgspec.Struct, frozen=True):
    account: int
    source: int
    amount: int
    target: int
    to_amount: int
    rate: tuple[int, int]
    by_target: bool = False
    id: str = ""


class _ConvertText(msgspec.Struct, frozen=True):
    convert: _Convert


def _convert(text: str) -> Note:
    read = msgspec.json.decode(text, type=_ConvertText).convert
    units, scale = read.rate
    return Converted(
        read.account, read.source, read.amount, read.target, read.to_amount, str(units), scale, read.by_target, read.id
    )


class _Send(msgspec.Struct, frozen=True):
    account: int
    to_account: int
    asset: int
    amount: int
    id: str = ""


class _SendText(msgspec.Struct, frozen=True):
    send: _Send


def _send(text: str) -> Note:
    read = msgspec.json.decode(text, type=_SendText).send
    return Sent(read.account, read.to_account, read.asset, read.amount, read.id)


class _QuoteText(msgspec.Struct, frozen=True):
    quote: str
    instrument: int
    side: int
    price: int
    reference: int
    made_ns: int
    expires_ns: int
    client: str = ""
    in_quote: bool = False


def _quote(text: str) -> Note:
    read = msgspec.json.decode(text, type=_QuoteText)
    return QuoteSettled(
        read.quote, read.instrument, read.side, str(read.price), read.reference, read.made_ns, read.expires_ns,
        read.client, read.in_quote,
    )  # fmt: skip


class _Deposit(msgspec.Struct, frozen=True):
    account: int
    asset: int
    amount: int
    reference: str
    bank: str = ""
    number: str = ""
    holder: str = ""


class _DepositText(msgspec.Struct, frozen=True):
    bank_deposit: _Deposit


def _bank_deposit(text: str) -> Note:
    read = msgspec.json.decode(text, type=_DepositText).bank_deposit
    return BankPaid(
        read.account, read.asset, read.amount, read.reference, read.bank, number=read.number, holder=read.holder
    )


class _Payment(msgspec.Struct, frozen=True):
    payment: str
    network: str


def _payment(text: str) -> Note:
    read = msgspec.json.decode(text, type=_Payment)
    return PaymentCredited(read.payment, read.network)


class _Instruction(msgspec.Struct, frozen=True):
    address: str
    tag: str = ""
    network: str = ""
    fee: int = 0
    must_confirm: bool = False
    id: str = ""


def _over_network(text: str) -> Note:
    to = msgspec.json.decode(text, type=_Instruction)
    return WithdrawalAsked(to.network, to.address, to.tag, to.fee, to.must_confirm, to.id)


#: How a text begins, and what reads it.
_MARKS: Final[Mapping[str, Callable[[str], Note]]] = {
    '{"family":': _family,
    '{"convert":': _convert,
    '{"send":': _send,
    '{"quote":': _quote,
    '{"bank_deposit":': _bank_deposit,
    '{"held":': _carried_out,
    '{"payment":': _payment,
}
_MARKS_OF_HOLDS: Final[Mapping[str, Callable[[str], Note]]] = {
    '{"to":': _asked,
    '{"bank":': _by_bank,
    '{"address":': _over_network,
}
