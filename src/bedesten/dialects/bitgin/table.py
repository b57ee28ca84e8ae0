"""The contract table: a row an endpoint. Source: BITGIN API, the part that each row names."""

from __future__ import annotations

from functools import partial
from typing import Final

from bedesten.dialects.bitgin import (
    endpoints_account,
    endpoints_address,
    endpoints_capital,
    endpoints_funds,
    endpoints_history,
    endpoints_kyc,
    endpoints_login,
    endpoints_market,
    endpoints_security,
    endpoints_trade,
    endpoints_withdraw,
    shapes,
)
from bedesten.dialects.bitgin import shapes_answers as a
from bedesten.dialects.bitgin import shapes_money as m
from bedesten.dialects.bitgin import shapes_money_answers as b
from bedesten.dialects.bitgin.shapes_answers import Answer
from bedesten.dialects.bodies import NO_BODY
from bedesten.dialects.contract import Endpoint
from bedesten.services.store_types import Permission

UPLOAD_BYTES_MAX: Final = 5 * 1024 * 1024 + 64 * 1024  # the file, and the form around it
EXAMPLE_PASSWORD: Final = (
    "22c5c8d254e101d1ecc41a400d1ecdc21eb49aae5fff472549d389febd5e1455"  # of the documents' examples
)
#: Of the demo's customers, whom the explorer signs in: SHA-256 of "bedesten-demo".
DEMO_PASSWORD: Final = "d5e6249c84b33f844d33cfabc608e0d510ccd6aa4527a856e32b32ca7f4f01df"
DONE: Final = Answer[None]  # nothing but the envelope
_look = partial(Endpoint, method="GET", limit="query")
_ask = partial(Endpoint, method="POST", limit="orders", reads="body")


def rows() -> list[Endpoint]:
    """Return the rows of the table, in the order of the documents."""
    return [*_account(), *_login(), *_security(), *_kyc(), *_market(), *_wallet(), *_trade(), *_send()]


def _account() -> list[Endpoint]:
    look, account = partial(_look, group="Account", source="BITGIN API, Account"), endpoints_account
    return [
        look(path="/v1/login_status", call=account.login_status,
             response=Answer[a.LoginStatus], summary="Whether one is signed in"),
        look(path="/v1/user", call=account.show_customer, response=Answer[a.SignedInCustomer | None], permission=Permission.READ,
             summary="Who one is, and what one may do"),
        look(path="/v1/user/vip_info", call=account.vip_info, response=Answer[a.VipInfo], permission=Permission.READ,
             summary="VIP or not, and the spread"),
    ]  # fmt: skip


def _login() -> list[Endpoint]:
    row = partial(
        Endpoint, method="POST", reads="body", group="Register & Login", source="BITGIN API, Register & Login"
    )
    who, login = {"loginName": "trader1"}, endpoints_login
    signing_up = {
        "username": "test123", "email": "test123@example.com", "password": EXAMPLE_PASSWORD, "captchaId": "",
        "captchaNumber": "",
    }  # fmt: skip
    return [
        row(path="/v1/register", call=login.register, response=DONE, request=shapes.RegisterForm, limit="doors",
            summary="Become a customer", example=signing_up),
        row(path="/v1/login", call=login.login,
            response=Answer[a.LoginDone], request=shapes.LoginForm, limit="doors", summary="Sign in",
            example={**who, "password": DEMO_PASSWORD}),
        row(path="/v1/logout", call=login.logout, response=DONE, reads="query", permission=Permission.READ, limit="query",
            summary="Sign out"),
        row(path="/v1/verify", call=login.verify, response=DONE, request=shapes.VerifyForm, limit="doors",
            summary="Prove an e-mail address", example={**who, "code": "123456"}),
        row(method="GET", path="/v1/captcha/image", call=login.captcha_image,
            response=Answer[a.CaptchaImage], reads="query", limit="doors",
            summary="A picture to be read"),
        row(path="/v1/apply_verification_code", call=login.apply_code,
            response=Answer[a.CodeSent], request=shapes.CodeForm, limit="codes",
            summary="Send a code by e-mail or text message", example=who),
    ]  # fmt: skip


def _security() -> list[Endpoint]:
    row = partial(_ask, group="Account", source="BITGIN API, Account", limit="query", permission=Permission.READ)
    mine = partial(row, permission=Permission.WITHDRAW)  # what guards the money is for whoever may take it
    code, security = {"totpCode": "168668"}, endpoints_security
    return [
        row(path="/v1/user/forget_password", call=security.forget_password,
            response=a.ForgottenDone, request=shapes.ForgottenForm,
            permission=None, limit="doors", summary="A new password by a code that was e-mailed",
            example={"username": "trader1", "codeEmail": "123456", "newPassword": ""}),
        mine(path="/v1/user/change_password", call=security.change_password,
             response=Answer[Answer[None]], request=shapes.PasswordForm,
             summary="A new password by the old one"),
        mine(method="GET", path="/v1/user/apply_google_device_authenticator", reads="query",
             call=security.apply_authenticator, response=Answer[a.AuthenticatorOffer], summary="A secret for an authenticator"),
        mine(path="/v1/user/bind_google_device_authenticator", call=security.bind_authenticator, response=a.SaidAnswer,
             request=shapes.BindForm, summary="Bind an authenticator", example={**code, "totpKey": ""}),
        mine(path="/v1/user/unbind_google_device_authenticator", call=security.unbind_authenticator, response=a.SaidAnswer,
             request=shapes.TotpForm, summary="Unbind the authenticator", example=code),
        row(path="/v1/user/reauthenticate_with_credential", call=security.reauthenticate,
            response=a.SaidAnswer, request=shapes.TotpForm,
            summary="Whether a code is right", example=code),
        row(path="/v1/user/check/2FA", call=security.check_second_factor,
            response=Answer[a.SecondFactorDone], request=shapes.TotpForm,
            summary="Finish a login with a second factor", example=code),
        row(method="GET", path="/v1/user/login_log", reads="query", call=security.login_log,
            response=Answer[a.LogPage], request=shapes.PageQuery,
            summary="What happened to the account's access"),
    ]  # fmt: skip


def _kyc() -> list[Endpoint]:
    row = partial(_ask, group="KYC", source="BITGIN API, KYC", limit="query", permission=Permission.WALLET)
    upload, kyc = partial(row, reads="form", body_bytes_max=UPLOAD_BYTES_MAX), endpoints_kyc
    person = {"name": "王小明", "gender": 1, "birthday": "1990/01/31", "identityNumber": "A123456789"}
    phone = {"mobilePhone": "+886912345678"}
    answers = {
        "q1": {"value": "investment"}, "q2": {"value": "no"}, "q3": {"value": "first_time"}, "q4": {"value": "over_100"},
    }  # fmt: skip
    return [
        row(path="/v1/kyc/basic_data", call=kyc.basic_data,
            response=Answer[a.ReviewStates], request=shapes.IdentityForm, summary="Who one is",
            example=person),
        row(path="/v1/kyc/check_mobile", call=kyc.check_mobile, response=DONE, request=shapes.MobileForm, permission=None,
            limit="doors", summary="Whether a telephone number is free", example=phone),
        row(path="/v1/kyc/verify_basic_data", call=kyc.verify_basic_data, response=DONE, request=shapes.ProvenMobileForm,
            summary="Prove a telephone number: level 1", example={**phone, "code": "123456"}),
        upload(path="/v1/kyc/image", call=kyc.image,
               response=Answer[a.UploadedDocument], request=shapes.ImageForm, summary="Show a document"),
        row(path="/v1/kyc/apply_level_2", call=kyc.apply_level_2, response=DONE, request=shapes.QuestionnaireForm,
            summary="Ask for level 2", example=answers),
        upload(path="/v1/kyc/apply_level_3", call=kyc.apply_level_3, response=DONE, request=shapes.BankForm,
               summary="Ask for level 3"),
        row(method="GET", path="/v1/kyc/status", reads="query", call=kyc.status,
            response=Answer[a.KycStatus], permission=Permission.READ,
            summary="Where each level stands"),
    ]  # fmt: skip


def _market() -> list[Endpoint]:
    look = partial(_look, group="Market")
    market, wallet = endpoints_market, "BITGIN API, Wallet"
    return [
        look(path="/v1/allTickers", call=market.all_tickers,
             response=Answer[list[b.MarketTicker]], source="BITGIN API, Get All Tickers",
             summary="Last prices against TWD"),
        look(path="/v1/trade/pre_exchange", call=market.pre_exchange, response=Answer[b.QuoteLimits], request=m.CurrencyQuery,
             source="BITGIN API, Pre Exchange", summary="How much is quoted", example={"currency": "USDT"}),
        look(path="/v1/trade/line_chart", call=market.line_chart, response=Answer[list[b.ChartPoint]], request=m.ChartQuery,
             source="BITGIN API, Get Quote Line Chart", summary="Prices over time", example={"rangeType": "1"}),
        look(path="/v1/wallet/crypto_list", call=market.crypto_list,
             response=Answer[list[str]], source=wallet, summary="Crypto assets"),
        look(path="/v1/wallet/crypto_paymentway", call=market.payment_ways,
             response=Answer[dict[str, list[str]]], request=m.CurrencyQuery, source=wallet,
             summary="Networks of crypto assets"),
        look(path="/v1/finance/bank_codes", call=market.bank_codes,
             response=Answer[list[b.NamedBank]], permission=Permission.READ,
             source="BITGIN API, Get Bank Code List", summary="Banks"),
        look(path="/v1/finance/bank_branches", call=market.bank_branches,
             response=Answer[list[b.NamedBank]], request=m.BranchQuery,
             permission=Permission.READ, source="BITGIN API, Get bank branch list", summary="Branches of a bank",
             example={"code": "004"}),
    ]  # fmt: skip


def _wallet() -> list[Endpoint]:
    look, ask = (
        partial(_look, group="Wallet", source="BITGIN API, Wallet"),
        partial(_ask, group="Wallet", source="BITGIN API, Wallet"),
    )
    funds, leave, place = endpoints_funds, endpoints_withdraw, endpoints_address
    return [
        ask(path="/v1/user/bank_accounts", call=funds.bank_accounts,
            response=Answer[list[b.PayoutAccount]], request=m.CurrencyForm, reads="either",
            limit="query", permission=Permission.READ, source="BITGIN API, Account", summary="Bank accounts"),
        look(path="/v1/wallet/balance", call=funds.balance,
             response=Answer[b.Balances], request=m.CurrencyQuery, permission=Permission.READ,
             summary="Balances and their worth"),
        look(path="/v1/wallet/historyList", call=endpoints_history.history,
             response=Answer[b.HistoryPage], request=m.HistoryQuery,
             permission=Permission.READ, summary="What came, went, was bought and sold"),
        look(path="/v1/wallet/pre_deposit", call=funds.pre_deposit, response=Answer[list[b.DepositWay]], request=m.CurrencyQuery,
             permission=Permission.READ, summary="Where to pay to by bank", example={"currency": "TWD"}),
        look(path="/v1/wallet/pre_withdraw", call=funds.pre_withdraw,
             response=Answer[list[b.WithdrawalWay]], request=m.CurrencyQuery,
             permission=Permission.READ, summary="Fees and limits of withdrawals", example={"currency": "USDT"}),
        ask(path="/v1/wallet/withdraw", once=True, call=leave.withdraw,
            response=Answer[b.WithdrawalDone], request=m.WithdrawForm, permission=Permission.WITHDRAW,
            summary="Ask for a withdrawal"),
        ask(method="PATCH", path="/v1/wallet/withdraw", call=leave.confirm,
            response=Answer[b.WithdrawalDone], request=m.ConfirmForm,
            permission=Permission.WITHDRAW, summary="Confirm a withdrawal by the e-mail's code"),
        ask(path="/v1/wallet/apply_dw_cancel", call=leave.cancel,
            response=Answer[b.WithdrawalCanceled], request=m.AuditForm, permission=Permission.WITHDRAW,
            summary="Take a withdrawal by bank back"),
        ask(path="/v1/wallet/address", call=place.address, response=Answer[b.DepositAddress], request=m.CoinForm, reads="either",
            permission=Permission.WALLET, summary="Tell or make an address"),
        ask(path="/v1/wallet/addresses", call=place.addresses,
            response=Answer[list[b.DepositAddress]], request=m.CoinForm, reads="either",
            permission=Permission.WALLET, summary="Tell or make several addresses"),
        look(path="/v1/wallet/common_address", call=place.common_addresses,
             response=Answer[list[b.CommonAddress]], request=m.CoinQuery,
             permission=Permission.READ, summary="Addresses that were paid before"),
        look(method="DELETE", path="/v1/wallet/common_address", call=place.forget_address, response=DONE, request=m.AddressQuery,
             permission=Permission.WALLET, summary="Forget one of them"),
    ]  # fmt: skip


def _trade() -> list[Endpoint]:
    ask = partial(_ask, group="Trade", permission=Permission.TRADING)
    return [
        ask(path="/v1/trade/quote", call=endpoints_trade.quote, response=Answer[b.DeskQuote], request=m.QuoteForm,
            source="BITGIN API, Get OTC Quote", summary="Ask the desk for a price",
            example={"side": "buy", "quoteAmountInBase": 100, "quoteBaseCurrency": "USDT"}),
        ask(path="/v1/trade/accept", once=True, call=endpoints_trade.accept, response=Answer[b.DeskTrade], request=m.AcceptForm,
            source="BITGIN API, Confirm OTC Quote", summary="Take the desk's price"),
    ]  # fmt: skip


def _send() -> list[Endpoint]:
    look = partial(_look, group="Send to", source="BITGIN API, Send to", permission=Permission.TRANSFER, limit="orders")
    capital = endpoints_capital
    return [
        _ask(path="/v1/capital/wallet/operation", once=True, call=capital.operate,
             response=b.OperationAnswer, request=m.OperationForm,
             group="Send to", source="BITGIN API, Send to", permission=Permission.TRANSFER,
             summary="Transfer, convert, or tell what a wallet is worth",
             example={"operation": "GET_BALANCE_IN_QUOTE", "toAsset": "TWD"}),
        look(path="/v1/capital/transfer/cancel", call=capital.cancel, response=DONE, request=m.TransferQuery,
             summary="Take a transfer back that waits"),
        look(path="/v1/validate/emailtransfer_resend", call=capital.resend, response=b.AuditAnswer, request=m.AuditQuery,
             summary="Send the transfer's e-mail again"),
        look(path="/v1/validate/emailtransfer", call=capital.follow,
             response=NO_BODY, errors={302: NO_BODY}, request=m.LinkQuery,
             summary="Where the e-mail's link leads"),
        look(path="/v1/validate/transfer_confirm", call=capital.carry_out, response=b.AuditAnswer, request=m.AuditQuery,
             summary="Carry a confirmed transfer out"),
    ]  # fmt: skip
