"""The wallet's rows of the contract table. Owns paths, permissions and the examples, which work on the demo venue.

Source: BTSE wallet API v1.1.0 (v3.2, and v3.3 where it exists).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from bedesten.dialects.btse import endpoints_funds, endpoints_wallet, wallet_models
from bedesten.dialects.contract import Endpoint
from bedesten.services.records import Permission

WALLET: Final = "https://btsecom.github.io/docs/wallet/en/"
COIN: Final[Mapping[str, Any]] = {"currency": "BTC", "network": "Bitcoin"}


def spot(version: str, deprecated: bool) -> list[Endpoint]:
    """Return the spot API's wallet in one version."""
    base, at, form = f"/spot/api/{version}", endpoints_wallet, wallet_models
    row = partial(
        Endpoint, limit="wallet", group=f"Wallet ({version})", source=WALLET, deprecated=deprecated, example=COIN
    )
    address = partial(row, path=f"{base}/user/wallet/address", permission=Permission.WALLET, request=form.AddressForm)
    action, rate = {"action": "WITHDRAW"}, {"srcCurrency": "BTC", "targetCurrency": "USD"}
    withdrawal = {"currency": "BTC-Bitcoin", "address": "", "tag": "", "amount": "0.01"}
    return [
        row(method="GET", path=f"{base}/availableCurrencyNetworks", call=at.currency_networks, request=form.CurrencyQuery,
            summary="The networks of a currency"),
        row(method="GET", path=f"{base}/availableCurrencies", call=at.currencies, request=form.ActionQuery,
            summary="What can be converted, withdrawn or sent", example=action),
        row(method="GET", path=f"{base}/exchangeRate", call=at.exchange_rate, request=form.RateQuery,
            summary="What one of a currency is worth in another", example=rate),
        address(method="GET", call=at.addresses, summary="Own addresses"),
        address(method="POST", reads="body", call=at.create_address, summary="Make an address"),
        address(method="DELETE", reads="either", call=at.delete_address, request=form.DeletedAddressForm,
                summary="Forget an address"),
        row(method="GET", path=f"{base}/user/wallet_history", call=at.wallet_history, request=form.WalletHistoryQuery,
            permission=Permission.READ, summary="Deposits, withdrawals and transfers, newest first", example={}),
        row(method="POST", path=f"{base}/user/wallet/withdraw", reads="body", call=at.withdraw, request=form.WithdrawForm,
            permission=Permission.WITHDRAW, summary="Withdraw over a network", example=withdrawal),
        row(method="POST", path=f"{base}/user/wallet/convert", reads="body", call=endpoints_funds.convert,
            request=form.ConvertForm, permission=Permission.WALLET, summary="Convert at once, at a firm rate",
            example={"amount": "0.01", "fromAsset": "BTC", "toAsset": "USD"}),
    ]  # fmt: skip
