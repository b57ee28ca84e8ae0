"""What the wallet answers. Amounts of the spot API are numbers, but for a transfer's; those of the public API are texts."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedesten.dialects.btse.shapes import Asset, TimeMs

Network = Annotated[str, Meta(description="Name of the network")]
Networks = Annotated[list[str], Meta(description="Names of the networks that carry the asset")]
Address = Annotated[str, Meta(description="Address on the network; empty: none")]
Tag = Annotated[str, Meta(description="What tells customers apart who share the address; empty: nothing does")]
Username = Annotated[str, Meta(description="Name of the account")]
InAsset = Annotated[float, Meta(description="Amount, in the asset")]
InAssetText = Annotated[str, Meta(description="Amount, in the asset")]
Rate = Annotated[float, Meta(description="What one of the source is worth, in the target")]
RateText = Annotated[str, Meta(description="What one of the source is worth, in the target")]
PaymentId = Annotated[str, Meta(description="Id of the payment on the chain; empty: none")]
Receiver = Annotated[str, Meta(description="Name of the customer who is paid")]
ReceiverMail = Annotated[str, Meta(description="E-mail address of the customer who is paid")]
Reference = Annotated[str, Meta(description="Number of the line in the wallet's history")]
Actions = Annotated[list[str], Meta(description="What the account can do with it: CONVERT, WITHDRAW, DEPOSIT, SEND_TO")]
AssetType = Annotated[Literal["FIAT", "CRYPTO"], Meta(description="Kind of asset")]

#: An answer that says nothing more than that it was done.
Empty = Annotated[list[str], Meta(description="Always empty", max_length=0)]


class OwnAddress(msgspec.Struct):
    """An address of the account."""

    address: Address
    created: Annotated[int, Meta(description="When it was made, Unix time in seconds")]
    tag: Annotated[str | UnsetType, Meta(description="Tag that a payment must carry; absent: none")] = UNSET
    network: Annotated[str | UnsetType, Meta(description="Its network, where none was asked for")] = UNSET


class Line(msgspec.Struct, kw_only=True):
    """A line of the wallet's history, as both generations of documents have it."""

    amount: InAsset
    currency: Asset
    fees: Annotated[float, Meta(description="Fee, in the asset")]
    description: Annotated[str, Meta(description="What kind of line it is, in words")]
    timestamp: TimeMs
    username: Username
    txid: PaymentId
    currencyNetwork: Annotated[str, Meta(description="Name of the network; empty: none")]


class LineInWords(Line, kw_only=True):
    """A line of the wallet's history: status and type are words."""

    orderId: Annotated[str, Meta(description="Number of the line, to walk on from")]
    status: Annotated[str, Meta(description="PENDING, PROCESSING, COMPLETED, CANCELLED or FAILURE")]
    type: Annotated[str, Meta(description="What kind of line it is: Deposit, Withdraw, Transfer_In, Convert fiat, …")]
    wallet: Annotated[Literal["SPOT@"], Meta(description="The wallet")]
    txId: PaymentId
    toAddress: Annotated[str, Meta(description="Address that a withdrawal goes to; empty: none")]
    sourceCurrency: Annotated[str, Meta(description="Asset that was given; of other lines than conversions, the asset")]
    sourceAmount: Annotated[float, Meta(description="What was given, in sourceCurrency; 0: no conversion")]
    targetCurrency: Annotated[str, Meta(description="Asset that was received; empty: no conversion")]
    targetAmount: Annotated[float, Meta(description="What was received, in targetCurrency; 0: no conversion")]
    rate: Annotated[float, Meta(description="targetCurrency for one of sourceCurrency; 0: no conversion")]


class LineInNumbers(Line, kw_only=True):
    """A line of the wallet's history: status and type are numbers."""

    orderId: Annotated[int, Meta(description="Number of the line, to walk on from")]
    status: Annotated[int, Meta(description="1 pending, 2 under way, 10 completed, 16 canceled or failed")]
    type: Annotated[int, Meta(description="1 deposit, 2 withdrawal, 3 and 4 transfers, 6 conversion, 7 and 8 family")]
    wallet: Annotated[Literal["@SPOT"], Meta(description="The wallet")]


class Withdrawal(msgspec.Struct):
    """A withdrawal that was asked for."""

    withdraw_id: Reference
    withdrawId: Reference


class Conversion(msgspec.Struct):
    """A conversion that was settled."""

    amount: Annotated[float, Meta(description="What was given, in amountCurrency")]
    settlementAmount: Annotated[float, Meta(description="What was received, in settlementCurrency")]
    amountCurrency: Asset
    settlementCurrency: Asset
    rate: Rate


class Transfer(msgspec.Struct):
    """A transfer to another customer."""

    amount: InAssetText
    asset: Asset
    toUser: Receiver
    toUserMail: ReceiverMail


class FamilyTransfer(msgspec.Struct):
    """A transfer within the family."""

    timestamp: TimeMs
    fromUser: Annotated[str, Meta(description="Name of the account that gave")]
    receiver: Annotated[str, Meta(description="Name of the account that received")]
    currency: Asset
    amount: InAsset


class FamilyTransfers(msgspec.Struct):
    """A page of the transfers within the family."""

    totalRows: Annotated[int, Meta(description="How many transfers there are")]
    pageSize: Annotated[int, Meta(description="How many of them a page has")]
    currentPage: Annotated[int, Meta(description="Number of this page, from 1 on")]
    totalPages: Annotated[int, Meta(description="How many pages there are")]
    data: Annotated[list[FamilyTransfer], Meta(description="The transfers, newest first")]


# ── the public API ──


class Crypto(msgspec.Struct):
    """A crypto and its networks."""

    crypto: Asset
    name: Annotated[str, Meta(description="Name of the asset, for people")]
    networks: Networks


class NetworkTerms(msgspec.Struct, kw_only=True):
    """What a network asks of a crypto. A fee is max(FeeMin, amount × FeeRate) + ExtFees + ExtFeeRate × amount."""

    network: Network
    name: Network
    depositEnable: Annotated[bool, Meta(description="Whether deposits are taken")]
    withdrawEnable: Annotated[bool, Meta(description="Whether withdrawals are sent")]
    confirmationTime: Annotated[int, Meta(description="Blocks until a deposit is credited")]
    depositAmtMin: Annotated[str, Meta(description="Smallest deposit, in the asset")]
    depositFeeMin: Annotated[str, Meta(description="Least fee of a deposit, in the asset")]
    depositFeeRate: Annotated[str, Meta(description="Fee of a deposit, as a part of its amount")]
    depositExtFees: Annotated[str, Meta(description="Further fee of a deposit, in the asset")]
    depositExtFeeRate: Annotated[str, Meta(description="Further fee of a deposit, as a part of its amount")]
    needAddressExtension: Annotated[bool, Meta(description="Whether addresses are shared, and a tag tells whose it is")]
    addressExtensionTypeName: Annotated[str | UnsetType, Meta(description="What the network calls the tag")] = UNSET
    withdrawAmtMin: Annotated[str, Meta(description="Smallest withdrawal, in the asset")]
    withdrawFeeMin: Annotated[str, Meta(description="Least fee of a withdrawal, in the asset")]
    withdrawFeeRate: Annotated[str, Meta(description="Fee of a withdrawal, as a part of its amount")]
    withdrawExtFees: Annotated[str, Meta(description="Further fee of a withdrawal, in the asset")]
    withdrawExtFeeRate: Annotated[str, Meta(description="Further fee of a withdrawal, as a part of its amount")]


class ListedAsset(msgspec.Struct):
    """An asset."""

    asset: Asset
    name: Annotated[str, Meta(description="Name of the asset, for people")]
    type: AssetType
    precision: Annotated[int, Meta(description="Decimals of an amount")]
    availableActions: Actions


class ExchangeRate(msgspec.Struct):
    """A rate."""

    rate: RateText


class CarriedBy(msgspec.Struct):
    """The networks of an asset."""

    depositNetworks: Networks
    withdrawalNetworks: Networks


class OwnAsset(msgspec.Struct):
    """What the account has of an asset."""

    asset: Asset
    type: AssetType
    totalAmount: Annotated[str, Meta(description="All of it, held or not, in the asset")]
    availableAmount: Annotated[str, Meta(description="What is not held, in the asset")]
    availableActions: Actions
    cryptoNetwork: CarriedBy


class PublicLine(msgspec.Struct):
    """A line of the wallet's history."""

    transactionTime: TimeMs
    type: Annotated[
        str, Meta(description="DEPOSIT, WITHDRAW, RECEIVE, SEND, CONVERT, SUB_ACCOUNT_TRANSFER_IN or …_OUT")
    ]
    walletName: Annotated[Literal["SPOT@"], Meta(description="The wallet")]
    asset: Asset
    netAmount: Annotated[str, Meta(description="Amount without the fee, in the asset")]
    amount: Annotated[str, Meta(description="Amount with the fee, in the asset")]
    transactionRef: Reference
    status: Annotated[str, Meta(description="PENDING, PROCESSING, COMPLETED, CANCELLED or FAILURE")]
    description: Annotated[Literal[""], Meta(description="Always empty")]
    fees: Annotated[str, Meta(description="Fee, in the asset")]
    cryptoNetwork: Annotated[str, Meta(description="Name of the network; empty: none")]
    toAddress: Annotated[str, Meta(description="Address that a withdrawal goes to; empty: none")]
    confirmTimes: Annotated[str, Meta(description="Of a deposit, how many of the needed blocks confirm it: (1/2)")]
    txId: PaymentId


class PublicAddress(msgspec.Struct):
    """An address of the account."""

    crypto: Asset
    network: Network
    address: Address
    addressExtension: Tag
    createdTime: TimeMs


class PublicWithdrawal(msgspec.Struct):
    """A withdrawal that was asked for."""

    transactionRef: Reference
    orderId: Reference
    crypto: Asset
    network: Network
    address: Address
    addressExtension: Tag
    amountToAddress: Annotated[str, Meta(description="What arrives, in the asset")]
    fees: Annotated[str, Meta(description="Fee, in the asset")]


class PublicTransfer(msgspec.Struct):
    """A transfer to another customer."""

    asset: Asset
    amount: InAssetText
    toUser: Receiver
    toUserMail: ReceiverMail
    transactionRef: Reference


class PublicConversion(msgspec.Struct):
    """A conversion that was settled."""

    fromAsset: Asset
    fromAmount: Annotated[str, Meta(description="What was given, in fromAsset")]
    fromTransactionRef: Reference
    toAsset: Asset
    toAmount: Annotated[str, Meta(description="What was received, in toAsset")]
    toTransactionRef: Reference
    rate: RateText
