"""The rows of sessions: who signs in, how they prove it again, and where they are signed in."""

from __future__ import annotations

from functools import partial
from typing import Final

from bedesten.dialects.contract import Endpoint
from bedesten.dialects.native.errors_customers import OF_REFUSED, OF_VERDICT, SERVE_TLS
from bedesten.dialects.native.session import endpoints as at
from bedesten.dialects.native.session import shapes
from bedesten.dialects.native.shapes import Page
from bedesten.services.customers.outcome import Refused
from bedesten.services.store_types import Permission

GROUP: Final = "Sessions"
_VERDICTS: Final = tuple(reason.name for reason in OF_VERDICT.values())


def endpoints(base: str) -> list[Endpoint]:
    """Return the rows below *base*."""
    mine = partial(Endpoint, group=GROUP, permission=Permission.READ, signed_in=True, limit="query")
    proving = partial(mine, method="POST", reads="body", limit="money")
    one = f"{base}/session"
    sign_in = (OF_REFUSED[Refused.CAPTCHA].name, OF_REFUSED[Refused.NO_NAME].name, OF_REFUSED[Refused.WRONG_PASSWORD].name,
               SERVE_TLS.name)  # fmt: skip
    step_up = (*_VERDICTS, OF_REFUSED[Refused.WRONG_CODE].name, OF_REFUSED[Refused.TOO_MANY_MESSAGES].name)
    return [
        Endpoint(method="POST", path=one, call=at.sign_in, request=shapes.SignInForm, response=shapes.CurrentSession,
                 reads="body", limit="doors", group=GROUP, reasons=sign_in, summary="Sign in with this browser",
                 example={"login": "trader1", "password": "bedesten-demo"}),
        proving(path=f"{one}/second_factor", call=at.give_second_factor, request=shapes.SecondFactorForm,
                response=shapes.CurrentSession, reasons=_VERDICTS, summary="Give the second factor that signing in waits for",
                example={"code": "000000"}),
        proving(path=f"{one}/step_up", call=at.step_up, request=shapes.StepUpForm, response=shapes.SteppedUp,
                reasons=step_up, summary="Prove again who is there, for what asks for a fresh proof", example={}),
        mine(method="GET", path=one, call=at.current, response=shapes.CurrentSession,
             summary="Who is signed in with this browser, and the token against forgery"),
        mine(method="DELETE", path=one, call=at.sign_out, response=shapes.Ended, summary="Sign out with this browser"),
        mine(method="GET", path=f"{base}/sessions", call=at.sessions, response=Page[shapes.SessionRow],
             summary="Where the customer is signed in, newest first"),
        mine(method="DELETE", path=f"{base}/sessions/{{id}}", call=at.end_one, request=shapes.SessionQuery,
             response=shapes.Ended, summary="Sign out there", limit="money", example={"id": "0123456789abcdef"}),
        mine(method="DELETE", path=f"{base}/sessions", call=at.end_others, response=shapes.Ended, limit="money",
             summary="Sign out everywhere else"),
    ]  # fmt: skip
