"""Notes about customers: who they are, and what was tried at their door."""

from __future__ import annotations

from typing import Final

from bedesten.domain.notes.base import Note, Sealed


class CustomerSaved(Note, frozen=True, tag=60):
    """A customer as the venue knows them, new or changed. status: of services.customers.records.Status.

    person: name, e-mail address, password's hash and language; authenticator: its secret, "" without one. Both are sealed with
    the customer's own data key.
    """

    account: int
    status: int
    level: int
    vip_level: int
    created_ns: int
    person: Sealed
    authenticator: Sealed = ""


class AuthenticatorUsed(Note, frozen=True, tag=61):
    """The step of the last authenticator code that was taken: no earlier one is good any more. 0: as if none was."""

    account: int
    step: int


class FailuresCounted(Note, frozen=True, tag=62):
    """How often somebody failed at a customer's door since the last success, and until when it is shut."""

    account: int
    failures: int
    locked_until_ns: int
    authenticator_failures: int
    authenticator_locked_until_ns: int


class StrangerTried(Note, frozen=True, tag=78):
    """A name that was typed at a sign-in, and how often it failed. place: one that all share; name: its digest, sealed."""

    place: int
    name: Sealed
    failures: int


class CustomerErased(Note, frozen=True, tag=63):
    """Who the holder of an account was is forgotten, and the data key of it thrown away behind this."""

    account: int


class SessionOpened(Note, frozen=True, tag=64):
    """A device on which a customer signed in. digest: of its token; instead_of: of the session whose place it takes, "": none.

    visitor: the address and the browser, sealed with the customer's data key; "": not told.
    """

    account: int
    digest: str
    created_ns: int
    is_proven: bool
    instead_of: str = ""
    visitor: Sealed = ""


class SessionSeen(Note, frozen=True, tag=65):
    """A sign of life of a session: once a minute at most."""

    digest: str
    seen_ns: int


class SessionProven(Note, frozen=True, tag=150):
    """Who holds a session proved again who they are: by a second factor, or by a code that was sent to them."""

    digest: str
    proven_ns: int


class SessionsEnded(Note, frozen=True, tag=66):
    """Sessions that are over. digests: none: all that the account has."""

    account: int
    digests: tuple[str, ...] = ()


class CodeSent(Note, frozen=True, tag=67):
    """A verification code on its way. account 0: the name was nobody's; code: what proves it, sealed; is_read: with a captcha."""

    account: int
    channel: str
    code: Sealed
    expires_ns: int
    is_read: bool


class CodeTried(Note, frozen=True, tag=68):
    """A verification code that was shown; the right one ends all that were good."""

    account: int
    channel: str
    is_right: bool
    is_read: bool


class MessageQueued(Note, frozen=True, tag=69):
    """A message to a customer, sealed. account 0: it is nobody's, and sealed for the venue; number 0: the next one."""

    account: int
    channel: str
    time_ns: int
    text: Sealed
    number: int = 0


class ConfirmationAsked(Note, frozen=True, tag=71):
    """A code was sent that confirms what a hold is for; it alone is good from here on. digest: of the code, sealed."""

    hold_id: int
    account: int
    about: str
    digest: Sealed
    sent_ns: int
    is_link: bool


class ConfirmationTried(Note, frozen=True, tag=72):
    """A wrong code was shown."""

    hold_id: int


class Confirmed(Note, frozen=True, tag=73):
    """The right code was shown: what the hold is for may go on."""

    hold_id: int


KINDS: Final[tuple[type[Note], ...]] = (
    CustomerSaved,
    AuthenticatorUsed,
    FailuresCounted,
    CustomerErased,
    StrangerTried,
    SessionOpened,
    SessionSeen,
    SessionProven,
    SessionsEnded,
    CodeSent,
    CodeTried,
    MessageQueued,
    ConfirmationAsked,
    ConfirmationTried,
    Confirmed,
)
