"""E-mail addresses of accounts that the operator opened: their holders become customers, whom others pay by name and address.

Called by services.operations. Owns the checks that come before anything is opened or changed; the register keeps the address.
"""

from __future__ import annotations

from bedesten.services.customers.records import LEVEL_MAX
from bedesten.services.customers.sign_ups import EMAIL, EMAIL_CHARS_MAX
from bedesten.services.errors import OperationRefused
from bedesten.services.store_types import Account
from bedesten.services.venue import Venue


def check_email(venue: Venue, name: str, email: str) -> None:
    """Return when a new account of that name could have that address.

    Raises: OperationRefused.
    """
    _check_form(email)
    if venue.customers.by_email(email) is not None:
        raise OperationRefused(f"the e-mail address {email!r} is another customer's")
    if venue.customers.by_username(name) is not None:
        raise OperationRefused(f"there is a customer {name!r} already, in this or another case")


async def give_email(venue: Venue, account: Account, email: str) -> None:
    """Give an account's holder an address: a customer gets another one, and who is none becomes one, vouched for.

    Raises: OperationRefused, NameTaken, Overloaded, Stopped.
    """
    _check_form(email)
    if account.is_system:
        raise OperationRefused(f"{account.name!r} is the venue's own account")
    if venue.subaccounts.main_of(account.id) != account.id:
        raise OperationRefused(f"{account.name!r} is a sub-account: its main account is who is paid")
    if venue.customers.of_account(account.id) is not None:
        await venue.customers.register.set_email(account.id, email)
        return
    check_email(venue, account.name, email)
    await venue.customers.introduce(account.id, email, "", level=LEVEL_MAX)  # "": nobody can sign in with it


def email_of(venue: Venue, account: Account) -> str:
    """Return an account's e-mail address, "" without one."""
    customer = venue.customers.of_account(account.id)
    return customer.email if customer is not None else ""


def _check_form(email: str) -> None:
    if len(email) > EMAIL_CHARS_MAX or not EMAIL.fullmatch(email):
        raise OperationRefused(f"{email[:EMAIL_CHARS_MAX]!r} is no e-mail address")
