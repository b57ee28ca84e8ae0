"""Every numbered word of the exchange.

The numbers stand in journaled records, so none is ever changed or used again; a new word takes a new number. Zero is
never a word: it means "absent" in a record.
"""

from __future__ import annotations

import enum


class Op(enum.IntEnum):
    """What a command asks for: the first column of a command record."""

    OPEN_ACCOUNT = 1
    SET_ACCOUNT = 2
    LIST_ASSET = 3
    LIST_INSTRUMENT = 4
    SET_INSTRUMENT = 5
    SET_FEES = 6
    TRANSFER = 7
    SET_INDEX = 8
    ADVANCE_TIME = 9
    HOLD_FUNDS = 10
    RELEASE_FUNDS = 11
    CAPTURE_FUNDS = 12
    EXCHANGE = 13
    NOTE = 16
    SET_HOLD = 17
    PLACE_ORDER = 20
    PLACE_OCO = 21
    CANCEL_ORDER = 22
    CANCEL_CLIENT_REF = 23
    CANCEL_ALL = 24
    AMEND_ORDER = 25
    CANCEL_ALL_AFTER = 26


class EventKind(enum.IntEnum):
    """What happened: the first column of an event record."""

    REJECTED = 1
    PLACED = 2
    TRADED = 3
    CLOSED = 4
    AMENDED = 5
    TRIGGERED = 6
    REPRICED = 7
    TRANSFERRED = 8
    ACCOUNT_OPENED = 9
    ACCOUNT_SET = 10
    ASSET_LISTED = 11
    INSTRUMENT_LISTED = 12
    INSTRUMENT_SET = 13
    FEES_SET = 14
    INDEX_SET = 15
    CANCEL_ALL_AFTER_SET = 16
    FUNDS_HELD = 17
    FUNDS_RELEASED = 18
    FUNDS_CAPTURED = 19
    EXCHANGED = 20
    INDEX_AGED = 21
    HOLD_SET = 23


class Side(enum.IntEnum):
    """An order's direction."""

    BUY = 1
    SELL = 2


class OrderType(enum.IntEnum):
    """How an order is priced: at its limit, at whatever the book offers, or at a distance from the index price."""

    LIMIT = 1
    MARKET = 2
    PEG = 3


class TimeInForce(enum.IntEnum):
    """How long what is not filled at once lives: until canceled, not at all, all-or-nothing, until an instant."""

    GTC = 1
    IOC = 2
    FOK = 3
    GTD = 4


class Trigger(enum.IntEnum):
    """What wakes a waiting order. A trailing trigger follows the price at a distance in ticks, or in parts per million."""

    STOP = 1
    TAKE_PROFIT = 2
    TRAILING_DISTANCE = 3
    TRAILING_PERCENTAGE = 4


class PriceSource(enum.IntEnum):
    """Which price a trigger watches."""

    LAST = 1
    INDEX = 2


class IndexSource(enum.IntEnum):
    """Who told an index price. None (a former program's record) counts as the operator."""

    OPERATOR = 1
    SOURCE = 2  # a program that tells it again and again
    DEMO = 3  # the simulation; a source like any other


class SelfTrade(enum.IntEnum):
    """What happens when an account would trade with itself."""

    CANCEL_NEWEST = 1
    CANCEL_OLDEST = 2
    CANCEL_BOTH = 3
    DECREMENT = 4


class InstrumentState(enum.IntEnum):
    """What an instrument accepts."""

    TRADING = 1
    POST_ONLY_SESSION = 2
    CANCEL_ONLY = 3
    HALTED = 4


class FeeRule(enum.IntEnum):
    """Which asset pays the fee: the one received (base for a buyer), or quote on both sides, on top of what is paid."""

    IN_RECEIVED = 1
    IN_QUOTE = 2


class InstrumentParameter(enum.IntEnum):
    """What SET_INSTRUMENT may change. Zero switches a limit off, except for STATE and FEE_RULE."""

    STATE = 1
    FEE_RULE = 2
    MIN_QUANTITY = 3  # lots
    MAX_QUANTITY = 4  # lots
    MIN_NOTIONAL = 5  # quote minor units
    MIN_PRICE = 6  # ticks
    MAX_PRICE = 7  # ticks
    BUY_BAND_PPM = 8  # a buy may not be priced above reference × (1 + band)
    SELL_BAND_PPM = 9  # a sell may not be priced below reference × (1 − band)
    PRICE_FLOOR_PPM = 10  # no limit price below reference × floor
    PRICE_CEILING_PPM = 11  # no limit price above reference × ceiling
    MARKET_PROTECTION_PPM = 12  # how far from the best price a market order may trade
    TRIGGER_DISTANCE_PPM = 13  # how far a limit may lie from its trigger
    OPEN_ORDERS_MAX = 14  # per account
    TAX_PPB = 15  # of the fee
    REFUSE_MET_TRIGGERS = 16  # 1: an order whose trigger is met already is refused; 0: it fires at once
    REISSUE_AT_TRIGGER = 17  # 1: an order that fires ends, and a new one without a trigger takes its place
    MATCHING_RULES = 18  # the revision of the rules of matching; it never goes back
    INDEX_AGE_MAX_NS = 20  # how old an index price may be that the operator told; 0: of any age
    SOURCE_INDEX_AGE_MAX_NS = 21  # the same, of one that a source told


class AccountParameter(enum.IntEnum):
    """What SET_ACCOUNT may change."""

    FEE_TIER = 1
    SUSPENDED = 2  # 1: may only cancel


class TransferReason(enum.IntEnum):
    """Why money moved outside a trade."""

    DEPOSIT = 1
    WITHDRAWAL = 2
    INTERNAL = 3
    ADJUSTMENT = 4
    EXCHANGE = 5  # one of two legs that moved together


class ReleaseCause(enum.IntEnum):
    """Why all of a hold was given back. None: a command released it."""

    EXPIRED = 1


class BankStage(enum.IntEnum):
    """How far a withdrawal by bank came. None: it waits, for its customer's word or for the operator."""

    PAYING = 1  # the operator is at the bank
    PAID = 2
    FAILED = 3


class SendStage(enum.IntEnum):
    """Where a withdrawal over a network stands while its money is held."""

    REQUESTED = 0  # waits for its customer's word or for approval
    APPROVED = 1
    SENDING = 2  # the chain is being asked: whether it was is for the chain to say
    SENT = 3  # on the chain, and waits for confirmations
    FAILED = 4  # the chain will not pay: the hold is given back


class CloseReason(enum.IntEnum):
    """Why an order ended."""

    FILLED = 1
    CANCELED = 2
    EXPIRED = 3
    NOT_RESTED = 4  # the rest of an IOC order
    SELF_TRADE = 5
    NO_LIQUIDITY = 6  # the rest of a market order: the book, or what protection lets it reach, was used up
    BUDGET_SPENT = 7  # a quote budget too small for another lot
    SIBLING = 8  # the other leg of an OCO order traded, fired or ended
    DEAD_MAN = 9
    REFUSED_AT_TRIGGER = 10  # fired, but a rule or the balance did not allow it any more
    REISSUED = 11  # fired, and goes on as a new order
    WORTHLESS = 12  # all that was left of it is worth less than a minor unit of quote at the price it met
    UNFUNDED = 13  # what its rounding cost beyond its hold was not there to be drawn


class RejectReason(enum.IntEnum):
    """Why a command was refused, in the order the checks run."""

    MALFORMED = 1
    UNKNOWN_ACCOUNT = 2
    UNKNOWN_ASSET = 3
    UNKNOWN_INSTRUMENT = 4
    ALREADY_EXISTS = 5
    ACCOUNT_SUSPENDED = 6
    INSTRUMENT_HALTED = 7
    INSTRUMENT_CANCEL_ONLY = 8
    INSTRUMENT_POST_ONLY = 9
    UNKNOWN_ORDER = 10
    AMEND_NOT_ALLOWED = 11
    AMEND_ALREADY_TRIGGERED = 12
    AMEND_QUANTITY_FILLED = 13
    UNSUPPORTED_COMBINATION = 14
    QUANTITY_TOO_SMALL = 15
    QUANTITY_TOO_LARGE = 16
    PRICE_OUT_OF_RANGE = 17
    TRIGGER_PRICE_OUT_OF_RANGE = 18
    NOTIONAL_TOO_SMALL = 19
    NOTIONAL_TOO_LARGE = 20
    NO_REFERENCE_PRICE = 21
    PRICE_OUTSIDE_BAND = 22
    TRIGGER_DISTANCE_EXCEEDED = 23
    TRIGGER_ALREADY_MET = 24
    EXPIRED_ON_ARRIVAL = 25
    TOO_MANY_OPEN_ORDERS = 26
    TOO_MANY_FOLLOWERS = 27
    POST_ONLY_WOULD_CROSS = 28
    FOK_NOT_FILLABLE = 29
    NO_LIQUIDITY = 30
    INSUFFICIENT_AVAILABLE = 31
    AMOUNT_OUT_OF_RANGE = 32
    NO_MEMORY = 33
    UNKNOWN_HOLD = 34
    BUDGET_TOO_SMALL = 35  # for one lot at the best price; checked with NO_LIQUIDITY
    NO_PROTECTION = 36  # a market buy by quantity would wait without one; checked behind UNSUPPORTED_COMBINATION
    INDEX_TOO_OLD = 38  # checked where NO_REFERENCE_PRICE is
