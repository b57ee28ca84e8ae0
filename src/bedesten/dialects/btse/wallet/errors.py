"""Refusals of the wallet: what the services say, with the venue's codes and sentences.

Source: BTSE wallet API v1.1.0. The documents name few codes: 400 and the sentences are ours, but for too little money.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bedesten.dialects.btse import errors
from bedesten.dialects.btse.errors import BtseError
from bedesten.domain.enums import RejectReason
from bedesten.services.money.conversions import ConvertRefusal
from bedesten.services.money.subaccounts import SubTransferRefusal
from bedesten.services.money.transfers import TransferRefusal
from bedesten.services.wallets.network_withdrawals import SendRefusal

UNUSED_ADDRESS: Final = 3528
UNKNOWN_CURRENCY: Final = -2023
INVALID_AMOUNT: Final = 3506

#: Only the first of these has a recorded code; the sentences are ours.
SEND_REFUSED: Final[Mapping[SendRefusal, Callable[[], BtseError]]] = {
    SendRefusal.TOO_SMALL: lambda: BtseError(INVALID_AMOUNT, "CRYPTO_WITHDRAW_INVALID_AMOUNT"),
    SendRefusal.BAD_ADDRESS: lambda: BtseError(400, "Invalid withdrawal address"),
    SendRefusal.NO_NETWORK: lambda: BtseError(errors.PARAMETER, "Unsupported network"),
    SendRefusal.MAY_NOT: lambda: BtseError(-1042, "User can not withdraw"),
    SendRefusal.NOT_LISTED: lambda: BtseError(400, "The address is not on the account's list"),
    SendRefusal.ABOVE_DAY: lambda: BtseError(400, "Daily withdrawal limit exceeded"),
}


def money_refused(reason: RejectReason) -> BtseError:
    """Return the venue's words for the core's refusal to move or hold money."""
    match reason:
        case RejectReason.INSUFFICIENT_AVAILABLE:
            return BtseError(errors.INSUFFICIENT, "Insufficient wallet balance")
        case RejectReason.ALREADY_EXISTS:
            return BtseError(400, "clOrderID was used for another request")
        case RejectReason.ACCOUNT_SUSPENDED:
            return BtseError(-1042, "User can not trade")
        case RejectReason.AMOUNT_OUT_OF_RANGE:
            return BtseError(errors.PARAMETER, "Invalid request parameters: amount")
    return BtseError(errors.PARAMETER, "Invalid request parameters")


CONVERT_REFUSED: Final[Mapping[ConvertRefusal, tuple[int, str]]] = {
    ConvertRefusal.NOT_OFFERED: (400, "Convert is not available"),
    ConvertRefusal.SAME_ASSET: (400, "fromAsset and toAsset are the same"),
    ConvertRefusal.ID_USED: (400, "clOrderID was used for another request"),
    ConvertRefusal.NO_PRICE: (400, "There is no rate between these currencies now"),
    ConvertRefusal.INDEX_TOO_OLD: (400, "There is no rate between these currencies now: the index price is too old"),
    ConvertRefusal.TOO_SMALL: (400, "The amount is below the smallest that can be converted"),
    ConvertRefusal.TOO_LARGE: (400, "The amount is above the largest that can be converted"),
    ConvertRefusal.INSUFFICIENT_AVAILABLE: (errors.INSUFFICIENT, "Insufficient wallet balance"),
    ConvertRefusal.SUSPENDED: (-1042, "User can not trade"),
    ConvertRefusal.NO_INVENTORY: (400, "The amount is beyond what can be converted now"),
}

TRANSFER_REFUSED: Final[Mapping[TransferRefusal, tuple[int, str]]] = {
    TransferRefusal.ID_USED: (400, "clOrderID was used for another request"),
    TransferRefusal.NOT_ALLOWED: (400, "Transfers are not allowed for this account"),
    TransferRefusal.UNKNOWN_RECEIVER: (400, "Receiver not found: toUser and toUserMail must be the same customer's"),
    TransferRefusal.TO_ONESELF: (400, "Receiver and sender are the same"),
    TransferRefusal.CANNOT_RECEIVE: (400, "The receiver can not be paid in this currency"),
    TransferRefusal.OUT_OF_RANGE: (errors.PARAMETER, "Invalid request parameters: amount"),
    TransferRefusal.INSUFFICIENT_AVAILABLE: (errors.INSUFFICIENT, "Insufficient wallet balance"),
}


NOTHING_MOVED: Final = -1046

REFUSED: Final[Mapping[SubTransferRefusal, tuple[int, str]]] = {
    SubTransferRefusal.NOT_FAMILY: (errors.PARAMETER, "fromUser and receiver must be two of your accounts"),
    SubTransferRefusal.NOT_YOURS: (errors.PARAMETER, "A sub-account can transfer its own funds only: fromUser"),
    SubTransferRefusal.MALFORMED: (errors.PARAMETER, "apiWallets must name each currency once, and at least one"),
    SubTransferRefusal.ID_USED: (errors.PARAMETER, "clOrderID was used for another request"),
    SubTransferRefusal.SUSPENDED: (NOTHING_MOVED, "Transfer failed: the account is suspended"),
    SubTransferRefusal.INSUFFICIENT_AVAILABLE: (NOTHING_MOVED, "Transfer failed: insufficient wallet balance"),
}
