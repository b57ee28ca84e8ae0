"""What wallet requests carry: one struct per form, with the venue's field names. Nothing here converts or judges.

clOrderID (clOrderId in the public API) is ours: a client that names one may ask again without moving money twice.
Source: BTSE wallet API v1.1.0, request tables.
"""

from __future__ import annotations

import msgspec

from bedesten.dialects.btse.shapes import Number


class CurrencyQuery(msgspec.Struct):
    """Which currency."""

    currency: str


class RateQuery(msgspec.Struct):
    """What is worth how much of what."""

    srcCurrency: str
    targetCurrency: str


class ActionQuery(msgspec.Struct):
    """What is to be done with a currency."""

    action: str  # CONVERT, WITHDRAW, SEND


class AddressForm(msgspec.Struct):
    """A currency on a network."""

    currency: str
    network: str = ""


class WalletHistoryQuery(msgspec.Struct):
    """GET user/wallet_history."""

    currency: str | None = None
    startTime: int | None = None
    endTime: int | None = None
    count: int | None = None
    useNewSymbolNaming: bool = False  # of futures, which this venue has none of
    beforeSerialId: int | None = None  # of a line: its orderId
    afterSerialId: int | None = None


class WithdrawForm(msgspec.Struct):
    """POST user/wallet/withdraw."""

    currency: str  # with its network: "BTC-Bitcoin"
    address: str
    amount: Number
    tag: str | None = None
    includeWithdrawFee: bool = True
    clOrderID: str | None = None


class DeletedAddressForm(msgspec.Struct):
    """An address of a currency on a network."""

    currency: str
    address: str
    network: str = ""


class ConvertForm(msgspec.Struct):
    """POST user/wallet/convert."""

    amount: Number
    fromAsset: str
    toAsset: str
    clOrderID: str | None = None


class TransferForm(msgspec.Struct):
    """POST user/wallet/transfer."""

    amount: Number
    asset: str
    toUser: str
    toUserMail: str
    useNewSymbolNaming: bool = False  # of futures, which this venue has none of
    clOrderID: str | None = None


class ApiWallet(msgspec.Struct):
    """How much of a currency moves: all of it, or *balance*."""

    currency: str
    allBalance: bool
    balance: Number = msgspec.field(default_factory=msgspec.Raw)


class SubTransferForm(msgspec.Struct):
    """POST futures/api/v2.3/subaccount/wallet/transfer."""

    walletSrcType: str  # SPOT, CROSS, ISOLATED
    walletDestType: str
    fromUser: str
    receiver: str
    apiWallets: list[ApiWallet]
    walletSrc: str | None = None
    walletDest: str | None = None
    clOrderID: str | None = None


class SubHistoryQuery(msgspec.Struct):
    """GET subaccount/wallet/history."""

    startTime: int | None = None
    endTime: int | None = None
    page: int = 1
    pageSize: int = 10


class CryptoQuery(msgspec.Struct):
    """GET crypto/networks."""

    crypto: str


class PublicRateQuery(msgspec.Struct):
    """GET assets/exchangeRate."""

    baseCurrency: str
    amount: str
    quoteCurrency: str


class PublicHistoryQuery(msgspec.Struct):
    """GET user/walletHistory."""

    walletType: str = "SPOT"  # CROSS, ISOLATED, UNIFIED
    walletName: str | None = None
    asset: str | None = None
    historyTypes: str | None = None  # a JSON array
    startTime: int | None = None
    endTime: int | None = None
    pageSize: int = 50
    beforeSerialId: int | None = None  # of a line: its orderId
    afterSerialId: int | None = None


class CryptoAddressForm(msgspec.Struct, kw_only=True):
    """A crypto, by either of its names, on a network."""

    network: str
    crypto: str | None = None
    asset: str | None = None


class DeletedCryptoAddressForm(CryptoAddressForm):
    """An address of a crypto on a network."""

    address: str


class CryptoWithdrawForm(msgspec.Struct):
    """POST user/crypto/withdraw."""

    crypto: str
    network: str
    address: str
    amount: Number
    addressExtension: str | None = None
    amountIncludeFee: bool = True
    webhookUrl: str | None = None
    clOrderId: str | None = None


class SendToForm(msgspec.Struct):
    """POST user/assets/sendTo."""

    asset: str
    amount: Number
    toUser: str
    toUserMail: str
    clOrderId: str | None = None


class PublicConvertForm(msgspec.Struct):
    """POST user/assets/convert."""

    fromAsset: str
    toAsset: str
    amount: Number
    clOrderId: str | None = None
