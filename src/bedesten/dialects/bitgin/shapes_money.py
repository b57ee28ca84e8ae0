"""What clients send about money: one struct a form. Numbers are kept as the text that was sent.

Source: BITGIN API, request tables of Wallet, Send to, Trade, Finance.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

Number = Annotated[
    msgspec.Raw,
    msgspec.Meta(
        description="A JSON number, or a string holding one.", extra_json_schema={"type": ["number", "string"]}
    ),
]
NOTHING = msgspec.Raw(b"null")
Text = str | int


def _nothing() -> msgspec.Raw:
    return NOTHING


class CurrencyQuery(msgspec.Struct):
    """Which currency."""

    currency: str = ""


class CurrencyForm(msgspec.Struct):
    """POST /v1/user/bank_accounts."""

    currency: str = ""


class HistoryQuery(msgspec.Struct):
    """GET /v1/wallet/historyList."""

    query: str = ""  # ["TWD-1","USDT-2"]
    startDate: str = ""
    endDate: str = ""
    pageSize: int = 10
    pageNum: int = 1
    isTxn: bool | None = None
    auditIds: str = ""


class WithdrawForm(msgspec.Struct):
    """POST /v1/wallet/withdraw."""

    currency: str
    amount: Number
    code2FA: Text = ""
    bankId: int | None = None
    address: str = ""
    paymentWay: str = ""
    tag: str = ""  # where pre_withdraw says that the network has one


class ConfirmForm(msgspec.Struct):
    """PATCH /v1/wallet/withdraw."""

    auditId: Text
    codeEmail: Text


class AuditForm(msgspec.Struct):
    """POST /v1/wallet/apply_dw_cancel."""

    auditId: Text


class CoinForm(msgspec.Struct):
    """POST /v1/wallet/address, /v1/wallet/addresses."""

    coinNetwork: str = ""


class CoinQuery(msgspec.Struct):
    """GET /v1/wallet/common_address."""

    coinName: str = ""


class AddressQuery(msgspec.Struct):
    """DELETE /v1/wallet/common_address."""

    address: str


class QuoteForm(msgspec.Struct):
    """POST /v1/trade/quote."""

    side: str
    quoteAmountInBase: Number = msgspec.field(default_factory=_nothing)
    quoteAmountInOrder: Number = msgspec.field(default_factory=_nothing)
    quoteBaseCurrency: str = "USDT"


class AcceptForm(msgspec.Struct):
    """POST /v1/trade/accept."""

    quoteId: str


class ChartQuery(msgspec.Struct):
    """GET /v1/trade/line_chart."""

    rangeType: str
    currency: str = "USDT"


class BranchQuery(msgspec.Struct):
    """GET /v1/finance/bank_branches."""

    code: str


class FromWallet(msgspec.Struct):
    """One line of what an operation takes."""

    asset: str
    wallet: str = "SPOT@"
    amount: Number = msgspec.field(default_factory=_nothing)
    amountInToAsset: Number = msgspec.field(default_factory=_nothing)


class OperationForm(msgspec.Struct):
    """POST /v1/capital/wallet/operation."""

    operation: Literal["TRANSFER", "CONVERT", "PAY_FOR_SERVICE", "PRE_PAY_FOR_SERVICE", "GET_BALANCE_IN_QUOTE"]
    fromUser: str | None = None
    fromWallet: list[FromWallet] = []
    receiver: str = ""
    receiverEmail: str = ""
    twoFAcode: Text = ""
    toAsset: str = ""
    toAmount: Number = msgspec.field(default_factory=_nothing)


class TransferQuery(msgspec.Struct):
    """GET /v1/capital/transfer/cancel."""

    id: str


class AuditQuery(msgspec.Struct):
    """GET /v1/validate/emailtransfer_resend, /v1/validate/transfer_confirm."""

    balance_audit_id: str


class LinkQuery(msgspec.Struct):
    """GET /v1/validate/emailtransfer."""

    code: str = ""
