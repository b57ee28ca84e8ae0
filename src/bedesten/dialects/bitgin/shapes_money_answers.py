"""What clients read about money: one struct an answer, inside the envelope.

A test holds each answer to its struct. Units: amounts are in the currency beside them, times milliseconds of Unix time.
Source: BITGIN API, response tables and examples of Wallet, Trade, Finance, Send to, Get All Tickers.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bedesten.dialects.bitgin.shapes_answers import Answer

Currency = Annotated[str, Meta(description="A currency's code")]
Amount = Annotated[float, Meta(description="An amount of that currency")]
Price = Annotated[float, Meta(description="A price, in the currency it is paid in, of one of the base currency")]
Time = Annotated[int, Meta(description="Milliseconds of Unix time")]
PaymentWay = Annotated[str, Meta(description="A network, or SWIFT for a bank")]
BankCode = Annotated[str, Meta(description="The bank's code")]
BankName = Annotated[str, Meta(description="The bank's name, and its branch's behind a wide space")]
BankNumber = Annotated[str, Meta(description="The bank account's number")]
BankHolder = Annotated[str, Meta(description="Whose bank account that is")]
AuditId = Annotated[str, Meta(description="The movement's number in the wallet's history")]
WithdrawalStatus = Annotated[
    int, Meta(description="17 pending, 4 being paid, 10 completed, 15 failed, 16 canceled by the customer")
]


class AuditAnswer(Answer[Annotated[int, Meta(description="The movement's number in the wallet's history")]]):
    """The envelope around a number of the wallet's history."""


class OperationAnswer(
    Answer[
        Annotated[float, Meta(description="The number in the history; of GET_BALANCE_IN_QUOTE an amount of toAsset")]
    ]
):
    """The envelope around what an operation on the wallet answers."""


class MarketTicker(msgspec.Struct):
    """The last price of a currency."""

    baseCurrency: Currency
    quoteCurrency: Currency
    changePricePercent: Annotated[float, Meta(description="The change within a day, in percent")]
    lastPrice: Annotated[
        float | None, Meta(description="The last price in the quote currency; null before the first trade")
    ]


class QuoteLimits(msgspec.Struct):
    """How much the desk quotes."""

    minLimit: Annotated[float, Meta(description="The least, in the currency")]
    maxLimit: Annotated[float, Meta(description="The most, in the currency")]


class ChartPoint(msgspec.Struct):
    """A price at a time."""

    time: Time
    value: Price


class NamedBank(msgspec.Struct):
    """A bank or a branch."""

    code: Annotated[str, Meta(description="Its code")]
    name: Annotated[str, Meta(description="Its name")]


class PayoutAccount(msgspec.Struct):
    """A bank account that money may be paid out to."""

    id: Annotated[int, Meta(description="Its number, for bankId of a withdrawal")]
    name: BankName
    code: BankCode
    account: BankNumber
    accountHolder: BankHolder
    swiftCode: Annotated[str, Meta(description="The bank's SWIFT code")]


class CurrencyBalance(msgspec.Struct):
    """What a customer has of a currency."""

    currency: Currency
    total: Annotated[float, Meta(description="All of it")]
    available: Annotated[float, Meta(description="What can be used")]
    frozen: Annotated[float, Meta(description="What is held for orders, withdrawals and transfers")]
    convertRate: Annotated[
        float, Meta(description="What one of it is worth in the currency asked for; 0 without a price")
    ]
    type: Annotated[int, Meta(description="1 a state's currency, 2 a crypto asset, 3 one tied to a state's currency")]


class Balances(msgspec.Struct):
    """Everything that a customer has."""

    total: Annotated[float, Meta(description="What all is worth in the currency asked for")]
    balance: Annotated[list[CurrencyBalance], Meta(description="One row a currency")]


class HistoryBank(msgspec.Struct):
    """A bank account that money came from or went to; empty where there is none."""

    code: BankCode | UnsetType = UNSET
    account: BankNumber | UnsetType = UNSET
    name: BankName | UnsetType = UNSET
    accountHolder: BankHolder | UnsetType = UNSET


class HistoryReceiver(msgspec.Struct):
    """Where a withdrawal went; empty for a deposit."""

    name: Annotated[str | UnsetType, Meta(description="Always empty")] = UNSET
    address: Annotated[str | UnsetType, Meta(description="The address on the network")] = UNSET


class Movement(msgspec.Struct):
    """Something that came, went, was bought or sold."""

    currencyType: Annotated[
        int, Meta(description="1 a state's currency, 2 a crypto asset, 3 one tied to a state's currency")
    ]
    auditId: AuditId
    amount: Annotated[float, Meta(description="What moved, the fee included, in quoteBaseCurrency")]
    clientAmount: Annotated[float, Meta(description="What moved without the fee, in quoteBaseCurrency")]
    fee: Annotated[float, Meta(description="The fee, in quoteBaseCurrency, with ten decimals")]
    transactionRef: Annotated[str, Meta(description="The auditId; of a withdrawal by bank the number of its command")]
    emailRef: Annotated[str | None, Meta(description="Of a transfer the sender's e-mail address")]
    receivedAmount: Annotated[
        float, Meta(description="What arrived; of a sale in quoteOrderCurrency; 0 until it is completed")
    ]
    type: Annotated[int, Meta(description="1 deposit, 2 withdrawal, 3 bought, 4 sold, 5 transfer in, 6 transfer out")]
    quoteOrderCurrency: Annotated[str, Meta(description="The currency that was paid or received for it")]
    updateTimestamp: Time
    quoteBaseCurrency: Annotated[str, Meta(description="The currency that moved")]
    createTimestamp: Time
    inOutType: Annotated[int, Meta(description="1 came in, 2 went out")]
    errCode: Annotated[None, Meta(description="Always null")]
    remarks: Annotated[
        str | None, Meta(description="Of a trade or conversion what was paid or received, in quoteOrderCurrency")
    ]
    status: Annotated[
        int,
        Meta(
            description="1 open, 3 waits for approval, 4 approved, 10 completed, 15 failed, 16 canceled, 17 pending, "
            "19 transferring, 25 confirmed by e-mail"
        ),
    ]
    bankRef: Annotated[str | None, Meta(description="The bank's reference; of a transfer the receiver's name")]
    fromBank: HistoryBank | UnsetType = UNSET
    toBank: HistoryBank | UnsetType = UNSET
    toReceiver: HistoryReceiver | UnsetType = UNSET
    txUrl: Annotated[None | UnsetType, Meta(description="Always null; with a movement over a network")] = UNSET
    txHash: Annotated[str | None | UnsetType, Meta(description="The payment's id on the network")] = UNSET
    baseCurrencyUnitPrice: Price | UnsetType = UNSET
    baseCurrencyTotalPrice: Annotated[
        float | UnsetType, Meta(description="What was paid or received in all, in quoteOrderCurrency")
    ] = UNSET


class HistoryPage(msgspec.Struct):
    """A page of the wallet's history."""

    totalRows: Annotated[int, Meta(description="How many movements were chosen")]
    pageSize: Annotated[int, Meta(description="Movements a page")]
    currentPage: Annotated[int, Meta(description="This page's number, from 1 on")]
    totalPages: Annotated[int, Meta(description="How many pages there are")]
    data: Annotated[list[Movement], Meta(description="Movements, newest first")]


class MaskedBank(msgspec.Struct):
    """The bank account that a deposit comes from."""

    code: BankCode
    name: BankName
    account: Annotated[str, Meta(description="Its last four digits behind four stars")]


class VirtualBank(msgspec.Struct):
    """The bank account that a deposit is paid to: the customer's own number."""

    code: BankCode
    name: BankName
    branchCode: Annotated[str, Meta(description="The branch's code")]
    branchName: Annotated[str, Meta(description="The branch's name")]
    account: BankNumber
    accountHolder: BankHolder


class DepositWay(msgspec.Struct):
    """Where to pay to by bank. A limit that is not in force is left out."""

    bank: MaskedBank
    virtualBank: VirtualBank
    dailyAccumulated: Annotated[float | UnsetType, Meta(description="The most in a day, in the currency")] = UNSET
    monthlyAccumulated: Annotated[float | UnsetType, Meta(description="The most in a month, in the currency")] = UNSET


class WithdrawalWay(msgspec.Struct):
    """What a withdrawal costs, and how much it may be. A limit that is not in force is left out."""

    fee: Annotated[float, Meta(description="The fee, in the currency")]
    minLimit: Annotated[float, Meta(description="The least, in the currency")]
    paymentWay: PaymentWay
    isSupportAddressExtension: Annotated[bool, Meta(description="Whether an address has a tag beside it")]
    maxLimit: Annotated[float | UnsetType, Meta(description="The most at once, in the currency")] = UNSET
    dailyAccumulated: Annotated[float | UnsetType, Meta(description="The most in a day, in the currency")] = UNSET
    monthlyAccumulated: Annotated[float | UnsetType, Meta(description="The most in a month, in the currency")] = UNSET
    addressExtensionTypeName: Annotated[str | UnsetType, Meta(description="What that tag is called")] = UNSET


class PaidAddress(msgspec.Struct):
    """Where a withdrawal goes over a network."""

    name: Annotated[str, Meta(description="Always empty")]
    address: Annotated[str, Meta(description="The address")]


class WithdrawalDone(msgspec.Struct):
    """A withdrawal that was asked for."""

    auditId: AuditId
    currency: Currency
    fee: Annotated[float, Meta(description="The fee, in the currency; it comes out of the amount")]
    amount: Annotated[float, Meta(description="What leaves the wallet, in the currency")]
    transactionTimestamp: Time
    transactionRef: Annotated[str, Meta(description="The number of the command that holds it")]
    status: WithdrawalStatus
    toBank: Annotated[PayoutAccount | None, Meta(description="The bank account that it goes to")]
    toAddress: Annotated[PaidAddress | None, Meta(description="The address that it goes to")]


class WithdrawalCanceled(msgspec.Struct):
    """A withdrawal by bank that was taken back."""

    updateTimestamp: Time
    status: WithdrawalStatus
    createTimestamp: Time


class DepositAddress(msgspec.Struct):
    """An address of the customer's own."""

    address: Annotated[str, Meta(description="The address")]
    paymentWay: PaymentWay
    time: Time
    tag: Annotated[str | UnsetType, Meta(description="The tag beside it, where the network has tags")] = UNSET


class CommonAddress(msgspec.Struct):
    """An address that was paid before."""

    address: Annotated[str, Meta(description="The address")]
    name: Annotated[str, Meta(description="Always empty")]
    paymentWay: PaymentWay


class QuoteTerms(msgspec.Struct):
    """What a quote or a purchase is about."""

    quoteAmountInBase: Annotated[float, Meta(description="The quantity, in quoteBaseCurrency")]
    quoteBaseCurrency: Currency
    quoteAmountInOrder: Annotated[float, Meta(description="What is paid or received, in quoteOrderCurrency")]
    quoteOrderCurrency: Currency
    unitPrice: Price
    quoteId: Annotated[str, Meta(description="The quote's id")]
    quoteValidDurationMs: Annotated[int, Meta(description="How long the quote is good, in milliseconds")]
    side: Annotated[str, Meta(description="buy or sell, as the customer sees it")]


class DeskQuote(QuoteTerms):
    """A price of the OTC desk."""

    quoteTimestamp: Time
    originalUnitPrice: Annotated[float, Meta(description="The unit price without a VIP level, in quoteOrderCurrency")]
    status: Annotated[int, Meta(description="Always 30001: quoted")]


class DeskTrade(QuoteTerms):
    """What became of a quote that was taken."""

    transactionTimestamp: Time
    status: Annotated[int, Meta(description="30007 settled, 30008 there is another price now, 8 too little money")]
