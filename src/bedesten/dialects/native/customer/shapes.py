"""Customers: what they say of themselves, and what they are told."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from bedesten.dialects.native.session.shapes import Captcha, Code, Login, Password
from bedesten.dialects.native.shapes import Time

Email = Annotated[str, Meta(description="The e-mail address", max_length=254)]
Language = Annotated[str, Meta(description="The language of messages: en, tr, zh-TW", max_length=20)]


class MadeCaptcha(Struct, kw_only=True):
    """A picture to be read, once, for a few minutes."""

    id: Annotated[str, Meta(description="Its id, to be sent with what was read")]
    image: Annotated[str, Meta(description="The picture as a data URL")]


class SignUpForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /sign_ups."""

    username: Annotated[str, Meta(description="The name, which others see where money is sent to it", max_length=32)]
    email: Email
    password: Password
    captcha: Captcha = UNSET
    language: Language | UnsetType = UNSET


class LoginForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """Whom a code is sent to."""

    login: Login
    captcha: Captcha = UNSET


class VerifyForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /sign_ups/verify."""

    login: Login
    code: Code
    captcha: Captcha = UNSET


class ResetForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /password/reset."""

    login: Login
    code: Code
    password: Password
    captcha: Captcha = UNSET


class PasswordForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /password."""

    old: Annotated[str, Meta(description="The password until now", max_length=256)]
    password: Annotated[str, Meta(description="The new one", max_length=256)]


class CustomerChange(Struct, kw_only=True, forbid_unknown_fields=True):
    """PATCH /customer; what is left out stays."""

    language: Language | UnsetType = UNSET


class BindForm(Struct, kw_only=True, forbid_unknown_fields=True):
    """POST /authenticator/bind."""

    secret: Annotated[str, Meta(description="The secret that was offered", max_length=64)]
    code: Code


class UnbindQuery(Struct):
    """DELETE /authenticator."""

    code: Code


class Done(Struct, kw_only=True):
    """It is done."""

    done: Annotated[bool, Meta(description="True")] = True


class Registered(Struct, kw_only=True):
    """Somebody signed up; a code is on its way to the e-mail address."""

    username: Annotated[str, Meta(description="The name")]
    email: Email


class CustomerInfo(Struct, kw_only=True):
    """What the venue knows of a customer, as far as they told it."""

    username: Annotated[str, Meta(description="The name")]
    email: Email
    status: Annotated[str, Meta(description="Where the customer stands: normal, not_activated, blocked, suspended, …")]
    level: Annotated[int, Meta(description="How far they proved who they are, 0 to 3")]
    vip_level: Annotated[int, Meta(description="The fee level that the operator gave")]
    has_authenticator: Annotated[bool, Meta(description="Whether an authenticator is bound")]
    may: Annotated[list[str], Meta(description="What the account may do now: read, cancel, trade, transfer, …")]
    created: Annotated[Time, Meta(description="When they signed up")]
    language: Language | UnsetType = UNSET


class Offered(Struct, kw_only=True):
    """A new secret of an authenticator, told once."""

    secret: Annotated[str, Meta(description="As a person types it")]
    url: Annotated[str, Meta(description="As an app reads it from a picture")]


class LogRow(Struct, kw_only=True):
    """Something that happened to the customer's access or money."""

    time: Annotated[Time, Meta(description="When")]
    activity: Annotated[str, Meta(description="What: signed_in, key_made, password_changed, …")]
    address: Annotated[str, Meta(description="From where")] | UnsetType = UNSET
    browser: Annotated[str, Meta(description="What the browser calls itself")] | UnsetType = UNSET
    system: Annotated[str, Meta(description="What the browser calls the machine's system")] | UnsetType = UNSET
