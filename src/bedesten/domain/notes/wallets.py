"""Notes about money that comes and goes over networks."""

from __future__ import annotations

from typing import Final

from bedesten.domain.notes.base import Note, Sealed


class WithdrawalAsked(Note, frozen=True, tag=20):
    """Beside a hold: where it is to be sent. network: "" where the operator sends it by hand. Units: minor units.

    fee: within what is held; must_confirm: it goes on only when its customer confirms it; client_id: the customer's own id of the
    request, "": none.
    """

    network: str
    address: str
    tag: str = ""
    fee: int = 0
    must_confirm: bool = False
    client_id: str = ""


class WithdrawalStep(Note, frozen=True, tag=24):
    """How far a withdrawal over a network is now: beside the command that makes it so. stage: a SendStage.

    payment: the chain's name for it, "": as before.
    """

    hold_id: int
    stage: int
    payment: str = ""


class PaymentCredited(Note, frozen=True, tag=25):
    """A payment on a chain that has its confirmations: beside the transfer that credits it."""

    payment: str
    network: str


class AddressSaved(Note, frozen=True, tag=26):
    """An address at which an account is paid, new or changed. is_deleted: it is not shown any more."""

    id: int
    account: int
    asset: int
    network: str
    address: str
    tag: str
    created_ns: int
    is_deleted: bool = False


class AllowListSaved(Note, frozen=True, tag=27):
    """The only destinations of an account's withdrawals: network, address and tag of each. is_lifted: any destination will do."""

    account: int
    destinations: tuple[tuple[str, str, str], ...] = ()
    is_lifted: bool = False


class AddressForgotten(Note, frozen=True, tag=28):
    """A destination that a customer wants to see no more among those that were paid before."""

    account: int
    address: str
    forgotten_ns: int


class SecretDrawn(Note, frozen=True, tag=29):
    """A secret that the venue drew once for itself, sealed with the venue's data key."""

    name: str
    secret: Sealed


KINDS: Final[tuple[type[Note], ...]] = (
    WithdrawalAsked,
    WithdrawalStep,
    PaymentCredited,
    AddressSaved,
    AllowListSaved,
    AddressForgotten,
    SecretDrawn,
)
