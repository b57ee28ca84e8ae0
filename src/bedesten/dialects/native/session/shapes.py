"""Sessions: what a page sends, and what it is answered."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from bedesten.dialects.native.shapes import Time

Login = Annotated[str, Meta(description="The customer's name or e-mail address", max_length=254)]
Password = Annotated[str, Meta(description="The password as it was typed", max_length=256)]
Code = Annotated[str, Meta(description="The code, six digits", max_length=32)]
SessionId = Annotated[str, Meta(description="What names a session to its owner", max_length=64)]
State = Literal["signed_in", "second_factor"]


class ReadCaptcha(Struct, kw_only=True, forbid_unknown_fields=True):
    """What was read in a picture."""

    id: Annotated[str, Meta(description="The picture's id", max_length=64)]
    text: Annotated[str, Meta(description="What is read there", max_length=16)]


Captcha = Annotated[ReadCaptcha, Meta(description="A picture that was read, where one is asked for")] | UnsetType


class SignInForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /session."""

    login: Login
    password: Password
    captcha: Captcha = UNSET


class SecondFactorForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /session/second_factor."""

    code: Annotated[str, Meta(description="The authenticator's code", max_length=32)]


class StepUpForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /session/step_up; without a code one is sent by e-mail, unless an authenticator is bound."""

    code: (
        Annotated[str, Meta(description="The authenticator's code, or the one that was sent", max_length=32)]
        | UnsetType
    ) = UNSET


class SessionQuery(Struct):
    """Of one session, named in the path."""

    id: SessionId


class CurrentSession(Struct, kw_only=True):
    """Who is signed in with this browser."""

    id: SessionId
    state: Annotated[State, Meta(description="Whether the second factor is still to come")]
    username: Annotated[str, Meta(description="The customer's name")]
    csrf_token: Annotated[str, Meta(description="Send it as X-CSRF-Token with every request that is no GET")]
    step_up: Annotated[
        Literal["authenticator", "email"], Meta(description="What is asked for where a fresh proof is needed")
    ]
    expires: Annotated[Time, Meta(description="When it ends in any case")]
    stepped_up_until: Annotated[Time, Meta(description="Until when the last proof is fresh")] | UnsetType = UNSET


class SteppedUp(Struct, kw_only=True):
    """What came of asking for a fresh proof."""

    state: Annotated[Literal["proven", "code_sent"], Meta(description="Proven, or: a code is on its way by e-mail")]
    until: Annotated[Time, Meta(description="Until when the proof is fresh")] | UnsetType = UNSET


class SessionRow(Struct, kw_only=True):
    """One of the customer's sessions."""

    id: SessionId
    is_current: Annotated[bool, Meta(description="Whether it is the one that asks")]
    created: Annotated[Time, Meta(description="When it began")]
    seen: Annotated[Time, Meta(description="Its last sign of life")]
    state: Annotated[State, Meta(description="Whether the second factor is still to come")]
    address: Annotated[str, Meta(description="Where it came from")] | UnsetType = UNSET
    browser: Annotated[str, Meta(description="What the browser calls itself")] | UnsetType = UNSET
    system: Annotated[str, Meta(description="What the browser calls the machine's system")] | UnsetType = UNSET


class Ended(Struct, kw_only=True):
    """What ended."""

    sessions: Annotated[int, Meta(description="How many sessions ended")]
