"""What guards an account: passwords, the authenticator, the login log.

Source: BITGIN API, Account. Two answers are wrapped twice, and one of them says "code1" for "code": kept, "code" beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from bedesten.dialects.bitgin import shapes
from bedesten.dialects.bitgin.authentication import SECOND_FACTOR, presented_token, session_of
from bedesten.dialects.bitgin.client_info import asker_of, visitor_of
from bedesten.dialects.bitgin.cookies import with_token
from bedesten.dialects.bitgin.envelope import Envelope, done
from bedesten.dialects.bitgin.error_map import Words, check_verdict, in_our_words
from bedesten.dialects.bitgin.errors import GENERAL, ILLEGAL, BitginError, invalid
from bedesten.dialects.bitgin.parse import account_of, captcha_of, code_of
from bedesten.dialects.contract import Reply, Request
from bedesten.services.customers import Customer
from bedesten.services.customers.authenticators import Verdict
from bedesten.services.customers.login_log import Activity, Entry, browser_of
from bedesten.services.customers.outcome import Refused

if TYPE_CHECKING:
    from bedesten.services.venue import Venue

PAGE_SIZE_MAX: Final = 50
BOUND: Final = "绑定成功"
UNBOUND: Final = "解绑成功"
_NS_PER_MS: Final = 1_000_000

#: Source: User Login/Logout History, operationCode. A lockout is what the venue calls a failed login.
OPERATIONS: Final[Mapping[Activity, int]] = {
    Activity.REGISTERED: 1000,
    Activity.SIGNED_IN: 1001,
    Activity.SIGNED_OUT: 1002,
    Activity.SIGN_IN_FAILED: 1003,
    Activity.LOCKED_OUT: 1003,
    Activity.PHONE_BOUND: 1006,
    Activity.AUTHENTICATOR_BOUND: 1008,
    Activity.AUTHENTICATOR_REMOVED: 1009,
    Activity.PASSWORD_CHANGED: 1011,
    Activity.IDENTITY_TOLD: 1014,
    Activity.PASSWORD_FORGOTTEN: 1025,
    Activity.BOUGHT: 2000,
    Activity.SOLD: 2001,
    Activity.WITHDRAWAL_BY_BANK: 3002,  # 3001 and 3002 are of cash, 3003 and 3004 of crypto: of each two the second leaves
    Activity.WITHDRAWAL_OVER_NETWORK: 3004,
}

#: What is done over the house's own API alone, and the documents have no code for: it is left out of the list.
UNTOLD: Final = frozenset({
    Activity.KEY_MADE, Activity.KEY_CHANGED, Activity.KEY_REVOKED, Activity.SESSION_ENDED, Activity.ADDRESS_ADDED,
    Activity.ADDRESS_REMOVED, Activity.RECOVERY_CODE_USED,
})  # fmt: skip


def customer_of(venue: Venue, request: Request) -> Customer:
    """Return the customer who asks.

    Raises: BitginError for an account that the operator opened for nobody.
    """
    customer = venue.customers.of_account(account_of(request))
    if customer is None:
        raise BitginError(ILLEGAL)
    return customer


async def forget_password(venue: Venue, request: Request, form: shapes.ForgottenForm) -> Reply:
    """Set a new password by a code that was sent by e-mail."""
    with in_our_words({Refused.WRONG_CODE: Words(10029), Refused.BAD_PASSWORD: Words(GENERAL)}):
        await venue.customers.sign_ups.reset_password(
            form.username,
            code_of(form.codeEmail),
            form.newPassword,
            visitor_of(request),
            captcha_of(form.captchaId, form.captchaNumber),
        )
    return with_token(request, {"code1": 1, **done(venue, done(venue, None))}, "")


async def change_password(venue: Venue, request: Request, form: shapes.PasswordForm) -> Reply:
    """Set a new password by the old one; every session ends."""
    account = customer_of(venue, request).account
    with in_our_words({Refused.BAD_PASSWORD: Words(GENERAL)}):
        await venue.customers.logins.change_password(
            account, form.oldPassword, form.newPassword, visitor_of(request), asker_of(venue, request)
        )
    return with_token(request, done(venue, done(venue, None)), "")


async def apply_authenticator(venue: Venue, request: Request, form: None) -> Envelope:
    """Offer a secret for an authenticator app."""
    customer = customer_of(venue, request)
    if customer.has_authenticator:
        raise BitginError(ILLEGAL)
    offer = venue.customers.authenticators.offer(customer)
    return done(venue, {"qecode": offer.url, "code": 1, "totpKey": offer.secret})


async def bind_authenticator(venue: Venue, request: Request, form: shapes.BindForm) -> Envelope:
    """Bind the secret that was offered."""
    customers, account = venue.customers, customer_of(venue, request).account
    check_verdict(
        await customers.authenticators.bind(
            account, form.totpKey.strip(), code_of(form.totpCode), asker_of(venue, request)
        )
    )
    await customers.log.note(account, Activity.AUTHENTICATOR_BOUND, visitor_of(request))
    return done(venue, BOUND)


async def unbind_authenticator(venue: Venue, request: Request, form: shapes.TotpForm) -> Envelope:
    """Do without a second factor from now on."""
    customers, account = venue.customers, customer_of(venue, request).account
    check_verdict(await customers.authenticators.unbind(account, code_of(form.totpCode), asker_of(venue, request)))
    await customers.log.note(account, Activity.AUTHENTICATOR_REMOVED, visitor_of(request))
    return done(venue, UNBOUND)


async def reauthenticate(venue: Venue, request: Request, form: shapes.TotpForm) -> Envelope:
    """Say whether a code is right; the documents print the words of the unbinding."""
    check_verdict(
        await venue.customers.authenticators.check(
            customer_of(venue, request).account, code_of(form.totpCode), asker_of(venue, request)
        )
    )
    return done(venue, UNBOUND)


async def check_second_factor(venue: Venue, request: Request, form: shapes.TotpForm) -> Reply:
    """Finish a login with the code of the authenticator: a new token in the place of the first."""
    session = session_of(venue, request)
    if session is None:
        raise BitginError(ILLEGAL)
    logins, code = venue.customers.logins, code_of(form.totpCode)
    if session.is_proven:
        verdict = await venue.customers.authenticators.check(session.account, code, asker_of(venue, request))
        text = presented_token(request) or ""
        number = text.rsplit("_", 1)[-1]
    else:
        outcome = await logins.give_second_factor(session, code, visitor_of(request))
        if isinstance(outcome, Verdict):
            raise BitginError(SECOND_FACTOR, "")
        verdict, text, number = Verdict.RIGHT, outcome.text, outcome.id
    if verdict is not Verdict.RIGHT:
        raise BitginError(SECOND_FACTOR, "")
    data = {
        "accountTokenInfo": None, "bandGoogle": False, "errorcode": None, "fiat": False, "isFiat": False, "key": None,
        "msg": None, "secretKey": None, "token": text, "tokenUuid": number, "userinfo": None, "value": None,
    }  # fmt: skip
    return with_token(request, done(venue, data, None), text)


async def login_log(venue: Venue, request: Request, form: shapes.PageQuery) -> Envelope:
    """Tell what happened to the account's access, newest first."""
    if not 1 <= form.pageSize <= PAGE_SIZE_MAX:
        raise invalid("pageSize")
    if form.pageNum < 1:
        raise invalid("pageNum")
    start = (form.pageNum - 1) * form.pageSize
    entries = [each for each in await venue.customers.log.entries(account_of(request)) if each.activity in OPERATIONS]
    return done(venue, {"dataList": [_log_row(entry) for entry in entries[start : start + form.pageSize]]})


def _log_row(entry: Entry) -> dict[str, Any]:
    browser = browser_of(entry.agent)
    return {
        "area": "-",  # where an address lies is nobody's to know here
        "browser": browser.browser or "-",
        "city": None,
        "ip": entry.address,
        "logTime": entry.time_ns // _NS_PER_MS,
        "operationCode": OPERATIONS[entry.activity],
        "os": browser.system or "-",
    }
