"""Signing in and out, the second factor, fresh proofs, and the customer's list of sessions."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import UNSET, UnsetType

from bedesten.dialects import browsers
from bedesten.dialects.contract import JSON, Reply, Request
from bedesten.dialects.native.errors import Refused
from bedesten.dialects.native.errors_customers import OF_REFUSED, SERVE_TLS, check_verdict, told
from bedesten.dialects.native.pages import asker_of, check_door, session_of
from bedesten.dialects.native.reasons import NOT_FOUND
from bedesten.dialects.native.session import shapes
from bedesten.dialects.native.shapes import Page
from bedesten.dialects.native.times import time_text
from bedesten.services.customers.codes import Channel, Outcome
from bedesten.services.customers.login_log import Activity, browser_of
from bedesten.services.customers.outcome import Refused as Reason
from bedesten.services.customers.sessions import LIFETIME_NS, STEP_UP_NS, Token

if TYPE_CHECKING:
    from bedesten.services.customers.records import Customer
    from bedesten.services.customers.sessions import Session
    from bedesten.services.venue import Venue

FORGET_ALL: Final = (b"clear-site-data", b'"cache", "storage"')  # the cookie is taken away by its own header


def secret_of(password: str) -> str:
    """Return what stands for a password before it is hashed: its SHA-256, as the clients of the venue's other APIs send it."""
    return hashlib.sha256(password.encode(errors="surrogatepass")).hexdigest()


def captcha_of(captcha: shapes.ReadCaptcha | UnsetType) -> tuple[str, str] | None:
    """Return a picture's id and what was read there."""
    return None if isinstance(captcha, UnsetType) else (captcha.id, captcha.text)


def check_safe(request: Request) -> None:
    """Return if a browser takes our cookie here.

    Raises: Refused.
    """
    if not browsers.is_safe(request):
        raise Refused(SERVE_TLS)


async def sign_in(venue: Venue, request: Request, form: shapes.SignInForm) -> Reply:
    """Sign in by password."""
    check_door(request)
    check_safe(request)
    with told():
        signed_in = await venue.customers.logins.sign_in(
            form.login, secret_of(form.password), browsers.visitor_of(request), captcha=captcha_of(form.captcha)
        )
    return await with_session(venue, signed_in.token.text)


async def give_second_factor(venue: Venue, request: Request, form: shapes.SecondFactorForm) -> Reply:
    """Prove a session by the authenticator's code."""
    session = session_of(venue, request)
    outcome = await venue.customers.logins.give_second_factor(session, form.code, browsers.visitor_of(request))
    check_verdict(outcome)
    assert isinstance(outcome, Token), "every verdict here is a refusal"
    return await with_session(venue, outcome.text)


async def with_session(venue: Venue, token: str) -> Reply:
    """Return the session of a token that was made just now, and the cookie."""
    session = venue.customers.sessions.find(token)
    if session is None:
        raise Refused(OF_REFUSED[Reason.WRONG_PASSWORD])  # ended in the same moment, by another device
    headers = [JSON, browsers.NO_STORE, await browsers.cookie(venue, token)]
    return Reply(200, msgspec.json.encode(_told(venue, session)), headers)


async def current(venue: Venue, request: Request, form: None) -> Reply:
    """Return who is signed in."""
    session = session_of(venue, request)
    await venue.customers.sessions.note(session)
    return Reply(200, msgspec.json.encode(_told(venue, session)), [JSON, browsers.NO_STORE])


async def sign_out(venue: Venue, request: Request, form: None) -> Reply:
    """Sign out with this browser."""
    await venue.customers.logins.sign_out(session_of(venue, request), browsers.visitor_of(request))
    headers = [JSON, browsers.NO_STORE, FORGET_ALL, await browsers.cookie(venue, "")]
    return Reply(200, msgspec.json.encode(shapes.Ended(sessions=1)), headers)


async def step_up(venue: Venue, request: Request, form: shapes.StepUpForm) -> shapes.SteppedUp:
    """Prove again who is there: by the authenticator's code, or by one that is sent by e-mail."""
    session, customers = session_of(venue, request), venue.customers
    customer = _customer_of(venue, session)
    code = "" if isinstance(form.code, UnsetType) else form.code
    if customer.has_authenticator:
        check_verdict(await customers.authenticators.check(session.account, code, asker_of(venue, request)))
    elif not code:
        await _send_code(venue, customer)
        return shapes.SteppedUp(state="code_sent")
    else:
        await _redeem(venue, customer, code)
    await customers.sessions.prove(session)
    return shapes.SteppedUp(state="proven", until=time_text(venue.clock.now_ns() + STEP_UP_NS))


async def _send_code(venue: Venue, customer: Customer) -> None:
    sent = await venue.customers.codes.send(
        customer, customer.username, Channel.EMAIL, customer.email, is_read=True
    )  # they are in: nobody else spends their messages
    if sent is not Outcome.DONE:
        raise Refused(OF_REFUSED[Reason.TOO_MANY_MESSAGES])


async def _redeem(venue: Venue, customer: Customer, code: str) -> None:
    outcome = await venue.customers.codes.redeem(
        customer, customer.username, Channel.EMAIL, code, to=customer.email, is_read=True
    )
    if outcome is not Outcome.DONE:
        raise Refused(OF_REFUSED[Reason.WRONG_CODE], param="code")


async def sessions(venue: Venue, request: Request, form: None) -> Page[shapes.SessionRow]:
    """Return the customer's sessions, newest first."""
    mine = session_of(venue, request)
    return Page([_row(each, mine) for each in reversed(venue.customers.sessions.of_account(mine.account))])


async def end_one(venue: Venue, request: Request, form: shapes.SessionQuery) -> shapes.Ended:
    """End one of the customer's sessions."""
    mine = session_of(venue, request)
    found = [each for each in venue.customers.sessions.of_account(mine.account) if each.id == form.id]
    if not found:
        raise Refused(NOT_FOUND, param="id")
    await venue.customers.sessions.end(found[0])
    await venue.customers.log.note(mine.account, Activity.SESSION_ENDED, browsers.visitor_of(request))
    return shapes.Ended(sessions=1)


async def end_others(venue: Venue, request: Request, form: None) -> shapes.Ended:
    """End every session of the customer but this one."""
    mine = session_of(venue, request)
    count = await venue.customers.sessions.end_others(mine)
    await venue.customers.log.note(mine.account, Activity.SESSION_ENDED, browsers.visitor_of(request))
    return shapes.Ended(sessions=count)


def _customer_of(venue: Venue, session: Session) -> Customer:
    customer = venue.customers.of_account(session.account)
    assert customer is not None, "only customers sign in"
    return customer


def _told(venue: Venue, session: Session) -> shapes.CurrentSession:
    customer = _customer_of(venue, session)
    until_ns = session.proven_ns + STEP_UP_NS
    return shapes.CurrentSession(
        id=session.id, state="signed_in" if session.is_proven else "second_factor", username=customer.username,
        csrf_token=session.csrf_token, step_up="authenticator" if customer.has_authenticator else "email",
        expires=time_text(session.created_ns + LIFETIME_NS),
        stepped_up_until=time_text(until_ns) if venue.customers.sessions.is_stepped_up(session) else UNSET,
    )  # fmt: skip


def _row(session: Session, mine: Session) -> shapes.SessionRow:
    browser = browser_of(session.visitor.agent)
    return shapes.SessionRow(
        id=session.id, is_current=session.digest == mine.digest, created=time_text(session.created_ns),
        seen=time_text(session.seen_ns), state="signed_in" if session.is_proven else "second_factor",
        address=session.visitor.address or UNSET, browser=browser.browser or UNSET, system=browser.system or UNSET,
    )  # fmt: skip
