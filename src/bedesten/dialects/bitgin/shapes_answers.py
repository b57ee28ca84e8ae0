"""What clients read about a customer and what guards the account: one struct an answer, inside the envelope that all share.

A test holds each answer to its struct. Units: times are milliseconds of Unix time.
Source: BITGIN API, response tables and examples of Register & Login, Account, KYC.
"""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

Data = TypeVar("Data")

Code = Annotated[int, Meta(description="1 when it was done, else the code of the refusal")]
Words = Annotated[str | None, Meta(description="A sentence about the outcome")]
Time = Annotated[int, Meta(description="Milliseconds of Unix time")]
Success = Annotated[bool, Meta(description="Whether it was done; refusals of KYC and finance say true as well")]
ReviewState = Annotated[int, Meta(description="1 nothing was shown, 2 under review, 3 passed, 4 rejected")]


class Answer(msgspec.Struct, Generic[Data]):
    """The envelope around an answer."""

    code: Code
    msg: Words
    time: Time
    data: Annotated[Data, Meta(description="What was asked for; null where there is nothing to say")]
    success: Success


class SaidAnswer(Answer[Annotated[str, Meta(description="A sentence about what was done")]]):
    """The envelope around a sentence."""


class WrongTimes(msgspec.Struct):
    """How often a login went wrong."""

    wrongTime: Annotated[int, Meta(description="Failed logins of that name since the last good one")]


class RefusalAnswer(msgspec.Struct):
    """The envelope around a refusal."""

    code: Annotated[int, Meta(description="The code of the refusal")]
    msg: Words
    time: Time
    data: Annotated[WrongTimes | None, Meta(description="Of a login that was refused, how often; else null")]
    success: Success


class LoginStatus(msgspec.Struct):
    """Whether one is signed in."""

    isLogin: Annotated[bool, Meta(description="Whether a session or an API key came with the request")]


class SignedInCustomer(msgspec.Struct):
    """The customer who asks, and what that customer may do."""

    username: Annotated[str, Meta(description="The customer's name")]
    email: Annotated[str, Meta(description="The e-mail address")]
    is2FA: Annotated[bool, Meta(description="Whether an authenticator is bound")]
    isKyc: Annotated[bool, Meta(description="Whether KYC level 1 or above is reached")]
    userStatus: Annotated[
        int, Meta(description="1 normal, 3 blocked, 4 not activated, 5 deleted, 6 suspended, 7 locked, 8 no trading")
    ]
    kycLevel: Annotated[int, Meta(description="The KYC level, 0 to 3")]
    allowCryptoDeposit: Annotated[bool, Meta(description="Whether deposits over networks are allowed")]
    allowCryptoWithdrawal: Annotated[bool, Meta(description="Whether withdrawals over networks are allowed")]
    allowFiatDeposit: Annotated[bool, Meta(description="Whether deposits by bank are allowed")]
    allowFiatWithdrawal: Annotated[bool, Meta(description="Whether withdrawals by bank are allowed")]
    allowTrade: Annotated[bool, Meta(description="Whether trading is allowed")]
    allowTransfer: Annotated[bool, Meta(description="Whether transfers to others are allowed")]


class VipInfo(msgspec.Struct):
    """What the OTC desk puts on its reference price."""

    isVIP: Annotated[bool, Meta(description="Whether the customer has a VIP level")]
    spread: Annotated[float, Meta(description="The spread, in percent")]


class LoginDone(msgspec.Struct):
    """Who signed in. The token comes as a cookie."""

    email: Annotated[str, Meta(description="The e-mail address")]
    username: Annotated[str, Meta(description="The customer's name")]
    userStatus: Annotated[int, Meta(description="As in GET /v1/user")]
    is2FA: Annotated[bool, Meta(description="Whether the code of an authenticator has to follow")]
    isKyc: Annotated[bool, Meta(description="Whether KYC level 1 or above is reached")]


class CaptchaImage(msgspec.Struct):
    """A picture to be read."""

    img: Annotated[str, Meta(description="The picture: JPEG in base64")]
    captchaId: Annotated[str, Meta(description="The picture's id, to be sent with what is read there")]


class CodeSent(msgspec.Struct):
    """Where a code was sent; one of the two."""

    email: Annotated[str | UnsetType, Meta(description="The e-mail address, masked")] = UNSET
    mobilePhone: Annotated[str | UnsetType, Meta(description="The telephone number, masked")] = UNSET


class ForgottenDone(Answer[Answer[None]]):
    """A password that was set by a code: an envelope in an envelope, with the code twice."""

    code1: Annotated[int, Meta(description="The same as code")]


class AuthenticatorOffer(msgspec.Struct):
    """A secret for an authenticator."""

    qecode: Annotated[str, Meta(description="The otpauth address that a QR code shows")]
    code: Annotated[int, Meta(description="Always 1")]
    totpKey: Annotated[str, Meta(description="The secret, in base32")]


class SecondFactorDone(msgspec.Struct):
    """A login that a second factor finished."""

    accountTokenInfo: Annotated[None, Meta(description="Always null")]
    bandGoogle: Annotated[bool, Meta(description="Always false")]
    errorcode: Annotated[None, Meta(description="Always null")]
    fiat: Annotated[bool, Meta(description="Always false")]
    isFiat: Annotated[bool, Meta(description="Always false")]
    key: Annotated[None, Meta(description="Always null")]
    msg: Annotated[None, Meta(description="Always null")]
    secretKey: Annotated[None, Meta(description="Always null")]
    token: Annotated[str, Meta(description="The session's token, which comes as a cookie too")]
    tokenUuid: Annotated[str, Meta(description="The token's number")]
    userinfo: Annotated[None, Meta(description="Always null")]
    value: Annotated[None, Meta(description="Always null")]


class LogEntry(msgspec.Struct):
    """Something that happened to the account's access, or with its money."""

    area: Annotated[str, Meta(description='Always "-": where an address lies is not known')]
    browser: Annotated[str, Meta(description='The browser, "-" where it does not say')]
    city: Annotated[None, Meta(description="Always null")]
    ip: Annotated[str, Meta(description="The address that the request came from")]
    logTime: Time
    operationCode: Annotated[
        int, Meta(description="What was done: 1001 signed in, 1002 signed out, 3002 withdrawn by bank, …")
    ]
    os: Annotated[str, Meta(description='The operating system, "-" where the browser does not say')]


class LogPage(msgspec.Struct):
    """A page of the login log."""

    dataList: Annotated[list[LogEntry], Meta(description="Entries, newest first")]


class ReviewStates(msgspec.Struct):
    """Where the levels that need a review stand."""

    statusLevel3: ReviewState
    statusLevel2: ReviewState


class UploadedDocument(msgspec.Struct):
    """A document that was taken."""

    contentType: Annotated[str, Meta(description="Its media type, as its bytes say")]
    filename: Annotated[str, Meta(description="What its owner calls it")]
    id: Annotated[str, Meta(description="Its id")]
    size: Annotated[int, Meta(description="Its size in bytes")]


class KycStatus(msgspec.Struct):
    """What was told and shown, masked, and where each level stands."""

    name: Annotated[str, Meta(description="The name, masked")]
    gender: Annotated[int | None, Meta(description="0 female, 1 male; null before it was told")]
    identityNumber: Annotated[str, Meta(description="The identity card's number, masked")]
    mobilePhone: Annotated[str, Meta(description="The telephone number, masked")]
    level: Annotated[int, Meta(description="The KYC level, 0 to 3")]
    statusLevel1: ReviewState
    idPhotoVerification: ReviewState
    idSelfieVerification: ReviewState
    secondIdPhotoVerification: ReviewState
    addressVerification: ReviewState
    statusLevel2: ReviewState
    bankAccountVerification: ReviewState
    statusLevel3: ReviewState
    allowChangeBankAccount: Annotated[bool, Meta(description="Whether another bank account can be claimed now")]
