"""What clients send: one struct a form. Numbers may come as texts and texts as numbers; what is left out is empty.

Source: BITGIN API, request tables.
"""

from __future__ import annotations

import msgspec

Text = str | int  # codes are printed as numbers in one example and as texts in another


class LoginForm(msgspec.Struct):
    """POST /v1/login."""

    loginName: str = ""
    password: str = ""
    captchaId: Text | None = None
    captchaNumber: Text | None = None
    lang: str | None = None


class RegisterForm(msgspec.Struct):
    """POST /v1/register."""

    username: str = ""
    email: str = ""
    password: str = ""
    captchaId: Text = ""
    captchaNumber: Text = ""
    lang: str | None = None


class VerifyForm(msgspec.Struct):
    """POST /v1/verify."""

    loginName: str = ""
    code: Text = ""
    captchaId: Text | None = None
    captchaNumber: Text | None = None


class CodeForm(msgspec.Struct):
    """POST /v1/apply_verification_code."""

    loginName: str = ""
    mobilePhone: Text | None = None
    captchaId: Text | None = None
    captchaNumber: Text | None = None


class ForgottenForm(msgspec.Struct):
    """POST /v1/user/forget_password."""

    username: str = ""
    codeEmail: Text = ""
    newPassword: str = ""
    captchaId: Text | None = None
    captchaNumber: Text | None = None


class PasswordForm(msgspec.Struct):
    """POST /v1/user/change_password."""

    oldPassword: str = ""
    newPassword: str = ""


class TotpForm(msgspec.Struct):
    """A code of an authenticator."""

    totpCode: Text = ""


class BindForm(msgspec.Struct):
    """POST /v1/user/bind_google_device_authenticator."""

    totpCode: Text = ""
    totpKey: str = ""


class PageQuery(msgspec.Struct):
    """GET /v1/user/login_log."""

    pageSize: int = 10
    pageNum: int = 1


class IdentityForm(msgspec.Struct):
    """POST /v1/kyc/basic_data."""

    name: str = ""
    gender: Text = -1
    birthday: str = ""
    identityNumber: str = ""


class MobileForm(msgspec.Struct):
    """POST /v1/kyc/check_mobile."""

    mobilePhone: Text = ""


class ProvenMobileForm(msgspec.Struct):
    """POST /v1/kyc/verify_basic_data."""

    mobilePhone: Text = ""
    code: Text = ""


class Answer(msgspec.Struct):
    """One answer of the questionnaire."""

    value: str = ""
    otherValue: str | None = None


class QuestionnaireForm(msgspec.Struct):
    """POST /v1/kyc/apply_level_2."""

    q1: Answer = msgspec.field(default_factory=Answer)
    q2: Answer = msgspec.field(default_factory=Answer)
    q3: Answer = msgspec.field(default_factory=Answer)
    q4: Answer = msgspec.field(default_factory=Answer)


class ImageForm(msgspec.Struct):
    """POST /v1/kyc/image, a form with a file."""

    file: bytes = b""
    type: str = ""
    filename: str = ""


class BankForm(msgspec.Struct):
    """POST /v1/kyc/apply_level_3, a form with a file."""

    file: bytes = b""
    code: str = ""
    branch: str = ""
    account: str = ""
    filename: str = ""
