"""The rows of the contract table that are about money. Source: BITGIN API, Send to, Wallet, Trade, Finance, Tickers."""

from __future__ import annotations

from functools import partial
from typing import Final

from bedesten.dialects.bitgin import (
    endpoints_address,
    endpoints_capital,
    endpoints_funds,
    endpoints_history,
    endpoints_market,
    endpoints_trade,
    endpoints_withdraw,
)
from bedesten.dialects.bitgin import shapes_money as m
from bedesten.dialects.contract import Endpoint
from bedesten.services.records import Permission

WALLET: Final = "BITGIN API, Wallet"
SEND: Final = "BITGIN API, Send to"
_look = partial(Endpoint, method="GET", limit="query")
_ask = partial(Endpoint, method="POST", limit="orders", reads="body")


def rows() -> list[Endpoint]:
    """Return the rows of the table."""
    return [*_public(), *_wallet(), *_trade(), *_send()]


def _public() -> list[Endpoint]:
    look = partial(_look, group="Market")
    market, wallet = endpoints_market, "BITGIN API, Wallet"
    return [
        look(path="/v1/allTickers", call=market.all_tickers, source="BITGIN API, Get All Tickers",
             summary="Last prices against TWD"),
        look(path="/v1/trade/pre_exchange", call=market.pre_exchange, request=m.CurrencyQuery,
             source="BITGIN API, Pre Exchange", summary="How much is quoted", example={"currency": "USDT"}),
        look(path="/v1/trade/line_chart", call=market.line_chart, request=m.ChartQuery,
             source="BITGIN API, Get Quote Line Chart", summary="Prices over time", example={"rangeType": "1"}),
        look(path="/v1/wallet/crypto_list", call=market.crypto_list, source=wallet, summary="Crypto assets"),
        look(path="/v1/wallet/crypto_paymentway", call=market.payment_ways, request=m.CurrencyQuery, source=wallet,
             summary="Networks of crypto assets"),
        look(path="/v1/finance/bank_codes", call=market.bank_codes, permission=Permission.READ,
             source="BITGIN API, Get Bank Code List", summary="Banks"),
        look(path="/v1/finance/bank_branches", call=market.bank_branches, request=m.BranchQuery,
             permission=Permission.READ, source="BITGIN API, Get bank branch list", summary="Branches of a bank",
             example={"code": "004"}),
    ]  # fmt: skip


def _wallet() -> list[Endpoint]:
    look, ask = partial(_look, group="Wallet", source=WALLET), partial(_ask, group="Wallet", source=WALLET)
    funds, leave, place = endpoints_funds, endpoints_withdraw, endpoints_address
    return [
        ask(path="/v1/user/bank_accounts", call=funds.bank_accounts, request=m.CurrencyForm, reads="either",
            limit="query", permission=Permission.READ, source="BITGIN API, Account", summary="Bank accounts"),
        look(path="/v1/wallet/balance", call=funds.balance, request=m.CurrencyQuery, permission=Permission.READ,
             summary="Balances and their worth"),
        look(path="/v1/wallet/historyList", call=endpoints_history.history, request=m.HistoryQuery,
             permission=Permission.READ, summary="What came, went, was bought and sold"),
        look(path="/v1/wallet/pre_deposit", call=funds.pre_deposit, request=m.CurrencyQuery,
             permission=Permission.READ, summary="Where to pay to by bank", example={"currency": "TWD"}),
        look(path="/v1/wallet/pre_withdraw", call=funds.pre_withdraw, request=m.CurrencyQuery,
             permission=Permission.READ, summary="Fees and limits of withdrawals", example={"currency": "USDT"}),
        ask(path="/v1/wallet/withdraw", once=True, call=leave.withdraw, request=m.WithdrawForm, permission=Permission.WITHDRAW,
            summary="Ask for a withdrawal"),
        ask(method="PATCH", path="/v1/wallet/withdraw", call=leave.confirm, request=m.ConfirmForm,
            permission=Permission.WITHDRAW, summary="Confirm a withdrawal by the e-mail's code"),
        ask(path="/v1/wallet/apply_dw_cancel", call=leave.cancel, request=m.AuditForm, permission=Permission.WITHDRAW,
            summary="Take a withdrawal by bank back"),
        ask(path="/v1/wallet/address", call=place.address, request=m.CoinForm, reads="either",
            permission=Permission.WALLET, summary="Tell or make an address"),
        ask(path="/v1/wallet/addresses", call=place.addresses, request=m.CoinForm, reads="either",
            permission=Permission.WALLET, summary="Tell or make several addresses"),
        look(path="/v1/wallet/common_address", call=place.common_addresses, request=m.CoinQuery,
             permission=Permission.READ, summary="Addresses that were paid before"),
        look(method="DELETE", path="/v1/wallet/common_address", call=place.forget_address, request=m.AddressQuery,
             permission=Permission.WALLET, summary="Forget one of them"),
    ]  # fmt: skip


def _trade() -> list[Endpoint]:
    ask = partial(_ask, group="Trade", permission=Permission.TRADING)
    return [
        ask(path="/v1/trade/quote", call=endpoints_trade.quote, request=m.QuoteForm,
            source="BITGIN API, Get OTC Quote", summary="Ask the desk for a price",
            example={"side": "buy", "quoteAmountInBase": 100, "quoteBaseCurrency": "USDT"}),
        ask(path="/v1/trade/accept", once=True, call=endpoints_trade.accept, request=m.AcceptForm,
            source="BITGIN API, Confirm OTC Quote", summary="Take the desk's price"),
    ]  # fmt: skip


def _send() -> list[Endpoint]:
    look = partial(_look, group="Send to", source=SEND, permission=Permission.TRANSFER, limit="orders")
    capital = endpoints_capital
    return [
        _ask(path="/v1/capital/wallet/operation", once=True, call=capital.operate, request=m.OperationForm, group="Send to",
             source=SEND, permission=Permission.TRANSFER, summary="Transfer, convert, or tell what a wallet is worth",
             example={"operation": "GET_BALANCE_IN_QUOTE", "toAsset": "TWD"}),
        look(path="/v1/capital/transfer/cancel", call=capital.cancel, request=m.TransferQuery,
             summary="Take a transfer back that waits"),
        look(path="/v1/validate/emailtransfer_resend", call=capital.resend, request=m.AuditQuery,
             summary="Send the transfer's e-mail again"),
        look(path="/v1/validate/emailtransfer", call=capital.follow, request=m.LinkQuery,
             summary="Where the e-mail's link leads"),
        look(path="/v1/validate/transfer_confirm", call=capital.carry_out, request=m.AuditQuery,
             summary="Carry a confirmed transfer out"),
    ]  # fmt: skip
