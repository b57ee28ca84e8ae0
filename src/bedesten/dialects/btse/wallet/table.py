"""The wallet's rows of the contract table. Owns paths, permissions and the examples, which work on the demo venue.

Source: BTSE wallet API v1.1.0 (v3.2, and v3.3 where it exists); futures API v2.3, Transfer Funds Between Subaccounts;
docs.btse.com, Wallet (public-api wallet/v1).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from bedesten.dialects.answers import Answers
from bedesten.dialects.btse.shapes import ORDER_REFUSALS, QUERY_REFUSALS, Success
from bedesten.dialects.btse.wallet import (
    endpoints_assets,
    endpoints_funds,
    endpoints_public,
    endpoints_subaccounts,
    endpoints_wallet,
    shapes,
)
from bedesten.dialects.btse.wallet import shapes_answers as answer
from bedesten.dialects.btse.wallet.endpoints_history import WalletHistory
from bedesten.dialects.contract import Endpoint
from bedesten.services.store_types import Permission

WALLET: Final = "https://btsecom.github.io/docs/wallet/en/"
SITE: Final = "https://docs.btse.com/wallet/rest/"
FUTURES: Final = "https://btsecom.github.io/docs/futuresV2_3/en/"
COIN: Final[Mapping[str, Any]] = {"currency": "BTC", "network": "Bitcoin"}
ABROAD: Final = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"  # of the examples in BIP 173: nobody's
SENDING: Final[Mapping[str, Any]] = {
    "amount": "0.01", "asset": "BTC", "toUser": "trader2", "toUserMail": "trader2@bedesten.example",
}  # fmt: skip


def spot(version: str, deprecated: bool, answers: Answers) -> list[Endpoint]:
    """Return the spot API's wallet in one version, with the answers of one generation."""
    base, at, form = f"/spot/api/{version}", endpoints_wallet, shapes
    lines = list[answer.LineInNumbers] if answers["wallet_history"] == "numbers" else list[answer.LineInWords]
    row = partial(
        Endpoint, limit="wallet", group=f"Wallet ({version})", source=WALLET, deprecated=deprecated, example=COIN
    )
    address = partial(row, path=f"{base}/user/wallet/address", permission=Permission.WALLET, request=form.AddressForm)
    action, rate = {"action": "WITHDRAW"}, {"srcCurrency": "BTC", "targetCurrency": "USD"}
    withdrawal = {"currency": "BTC-Bitcoin", "address": ABROAD, "tag": "", "amount": "0.01"}
    return [
        row(method="GET", path=f"{base}/availableCurrencyNetworks", call=at.currency_networks, response=list[str],
            errors=QUERY_REFUSALS, request=form.CurrencyQuery,
            summary="The networks of a currency"),
        row(method="GET", path=f"{base}/availableCurrencies", call=at.currencies, response=list[str],
            errors=QUERY_REFUSALS, request=form.ActionQuery,
            summary="What can be converted, withdrawn or sent", example=action),
        row(method="GET", path=f"{base}/exchangeRate", call=at.exchange_rate, response=Success[answer.Rate],
            errors=QUERY_REFUSALS, request=form.RateQuery,
            summary="What one of a currency is worth in another", example=rate),
        address(method="GET", call=at.addresses, response=list[answer.OwnAddress], summary="Own addresses"),
        address(method="POST", reads="body", call=at.create_address, response=list[answer.OwnAddress],
                errors=ORDER_REFUSALS, summary="Make an address"),
        address(method="DELETE", reads="either", call=at.delete_address, response=answer.Empty, request=form.DeletedAddressForm,
                summary="Forget an address"),
        row(method="GET", path=f"{base}/user/wallet_history", call=WalletHistory(answers), response=lines,
            request=form.WalletHistoryQuery, permission=Permission.READ, summary="What came and left, newest first",
            example={}),
        row(method="POST", path=f"{base}/user/wallet/withdraw", reads="body", call=at.withdraw,
            response=answer.Withdrawal, request=form.WithdrawForm,
            once=True, permission=Permission.WITHDRAW, summary="Withdraw over a network", example=withdrawal),
        row(method="POST", path=f"{base}/user/wallet/convert", reads="body", once=True, call=endpoints_funds.convert,
            response=answer.Conversion,
            request=form.ConvertForm, permission=Permission.WALLET, summary="Convert at once, at a firm rate",
            example={"amount": "0.01", "fromAsset": "BTC", "toAsset": "USD"}),
        row(method="POST", path=f"{base}/user/wallet/transfer", reads="body", once=True,
            call=endpoints_funds.transfer, response=answer.Transfer,
            request=form.TransferForm, permission=Permission.TRANSFER | Permission.WALLET, summary="Send to another customer",
            example=SENDING),
        row(method="GET", path=f"{base}/subaccount/wallet/history", call=endpoints_subaccounts.history,
            response=Success[answer.FamilyTransfers],
            request=form.SubHistoryQuery, permission=Permission.READ, summary="Transfers within the family, by pages",
            example={"page": 1, "pageSize": 10}),
    ]  # fmt: skip


def futures() -> list[Endpoint]:
    """Return what of the futures API concerns spot wallets."""
    return [
        Endpoint(
            method="POST", path="/futures/api/v2.3/subaccount/wallet/transfer", reads="body", once=True,
            call=endpoints_subaccounts.transfer, response=Success[None], request=shapes.SubTransferForm,
            permission=Permission.WALLET,
            limit="wallet", group="Wallet (futures)", summary="Move money between accounts of a family", source=FUTURES,
            example={
                "walletSrcType": "SPOT", "walletDestType": "SPOT", "fromUser": "trader1", "receiver": "trader1-sub",
                "apiWallets": [{"currency": "USDT", "allBalance": False, "balance": "10"}],
            },
        )
    ]  # fmt: skip


def public() -> list[Endpoint]:
    """Return the public API's wallet."""
    base, form, own = "/public-api/wallet/v1", shapes, endpoints_public
    row = partial(Endpoint, limit="wallet", group="Wallet (public API)", source=SITE)
    get = partial(row, method="GET")
    anybody = partial(get, limit="market")
    post = partial(row, method="POST", reads="body")
    coin = {"crypto": "BTC", "network": "Bitcoin"}
    address = partial(
        row,
        path=f"{base}/user/crypto/address",
        permission=Permission.WALLET,
        request=form.CryptoAddressForm,
        example=coin,
    )
    return [
        anybody(path=f"{base}/crypto/list", call=endpoints_assets.crypto_list, response=Success[list[answer.Crypto]],
                summary="Cryptos and their networks"),
        anybody(path=f"{base}/crypto/networks", call=endpoints_assets.crypto_networks,
                response=Success[list[answer.NetworkTerms]], request=form.CryptoQuery,
                summary="A crypto's networks and their terms", example={"crypto": "XRP"}),
        anybody(path=f"{base}/assets/exchangeRate", call=endpoints_assets.exchange_rate,
                response=Success[answer.ExchangeRate], request=form.PublicRateQuery,
                summary="What one of a currency is worth in another", source=f"{SITE}get-exchange-rate/",
                example={"baseCurrency": "BTC", "amount": "1", "quoteCurrency": "USD"}),
        get(path=f"{base}/assets", call=endpoints_assets.assets, response=Success[list[answer.ListedAsset]],
            permission=Permission.READ, summary="Assets"),
        get(path=f"{base}/user/assets", call=endpoints_assets.user_assets, response=Success[list[answer.OwnAsset]],
            permission=Permission.READ, summary="Balances",
            source=f"{SITE}get-user-assets/"),
        get(path=f"{base}/user/walletHistory", call=own.wallet_history, response=Success[list[answer.PublicLine]],
            request=form.PublicHistoryQuery,
            permission=Permission.READ, summary="What came and left, newest first", source=f"{SITE}get-user-wallet-history/",
            example={"asset": "BTC", "historyTypes": '["DEPOSIT","WITHDRAW"]'}),
        address(method="GET", call=own.addresses, response=Success[list[answer.PublicAddress]], summary="Own addresses"),
        address(method="POST", reads="body", call=own.create_address, response=Success[answer.PublicAddress],
                summary="Make an address"),
        address(method="DELETE", reads="either", call=own.delete_address, response=Success[None],
                request=form.DeletedCryptoAddressForm,
                summary="Forget an address"),
        post(path=f"{base}/user/crypto/withdraw", once=True, call=own.withdraw,
             response=Success[answer.PublicWithdrawal], request=form.CryptoWithdrawForm,
             permission=Permission.WITHDRAW, summary="Withdraw over a network",
             example={**coin, "address": ABROAD, "amount": "0.01", "amountIncludeFee": True}),
        post(path=f"{base}/user/assets/sendTo", once=True, call=own.send_to, response=Success[answer.PublicTransfer],
             request=form.SendToForm,
             permission=Permission.TRANSFER | Permission.WALLET, summary="Send to another customer", example=SENDING),
        post(path=f"{base}/user/assets/convert", once=True, call=own.convert,
             response=Success[answer.PublicConversion], request=form.PublicConvertForm,
             permission=Permission.WALLET, summary="Convert at once, at a firm rate",
             example={"amount": "0.01", "fromAsset": "BTC", "toAsset": "USD"}),
    ]  # fmt: skip
