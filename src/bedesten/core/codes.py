"""The numbers of the records, as plain integers: constants of C once compiled (the build writes codes.pxd from this
file)."""

from __future__ import annotations

from bedesten.domain import enums
from bedesten.domain.columns import HEADER as _HEADER
from bedesten.domain.columns import KIND as _KIND
from bedesten.domain.columns import SEQ as _SEQ
from bedesten.domain.columns import TIME_NS as _TIME_NS
from bedesten.domain.commands import COMMAND_WIDTH as _COMMAND_WIDTH
from bedesten.domain.events import EVENT_WIDTH as _EVENT_WIDTH
from bedesten.domain.money import AMOUNT_MAX as _AMOUNT_MAX
from bedesten.domain.orders import ORDER_WIDTH as _ORDER_WIDTH

# operations
OPEN_ACCOUNT = int(enums.Op.OPEN_ACCOUNT)
SET_ACCOUNT = int(enums.Op.SET_ACCOUNT)
LIST_ASSET = int(enums.Op.LIST_ASSET)
LIST_INSTRUMENT = int(enums.Op.LIST_INSTRUMENT)
SET_INSTRUMENT = int(enums.Op.SET_INSTRUMENT)
SET_FEES = int(enums.Op.SET_FEES)
TRANSFER = int(enums.Op.TRANSFER)
SET_INDEX = int(enums.Op.SET_INDEX)
ADVANCE_TIME = int(enums.Op.ADVANCE_TIME)
NOTE = int(enums.Op.NOTE)
HOLD_FUNDS = int(enums.Op.HOLD_FUNDS)
RELEASE_FUNDS = int(enums.Op.RELEASE_FUNDS)
CAPTURE_FUNDS = int(enums.Op.CAPTURE_FUNDS)
SET_HOLD = int(enums.Op.SET_HOLD)
EXCHANGE = int(enums.Op.EXCHANGE)
PLACE_ORDER = int(enums.Op.PLACE_ORDER)
PLACE_OCO = int(enums.Op.PLACE_OCO)
CANCEL_ORDER = int(enums.Op.CANCEL_ORDER)
CANCEL_CLIENT_REF = int(enums.Op.CANCEL_CLIENT_REF)
CANCEL_ALL = int(enums.Op.CANCEL_ALL)
AMEND_ORDER = int(enums.Op.AMEND_ORDER)
CANCEL_ALL_AFTER = int(enums.Op.CANCEL_ALL_AFTER)

# events
E_REJECTED = int(enums.EventKind.REJECTED)
E_PLACED = int(enums.EventKind.PLACED)
E_TRADED = int(enums.EventKind.TRADED)
E_CLOSED = int(enums.EventKind.CLOSED)
E_AMENDED = int(enums.EventKind.AMENDED)
E_TRIGGERED = int(enums.EventKind.TRIGGERED)
E_REPRICED = int(enums.EventKind.REPRICED)
E_TRANSFERRED = int(enums.EventKind.TRANSFERRED)
E_ACCOUNT_OPENED = int(enums.EventKind.ACCOUNT_OPENED)
E_ACCOUNT_SET = int(enums.EventKind.ACCOUNT_SET)
E_ASSET_LISTED = int(enums.EventKind.ASSET_LISTED)
E_INSTRUMENT_LISTED = int(enums.EventKind.INSTRUMENT_LISTED)
E_INSTRUMENT_SET = int(enums.EventKind.INSTRUMENT_SET)
E_FEES_SET = int(enums.EventKind.FEES_SET)
E_INDEX_SET = int(enums.EventKind.INDEX_SET)
E_CANCEL_ALL_AFTER_SET = int(enums.EventKind.CANCEL_ALL_AFTER_SET)
E_FUNDS_HELD = int(enums.EventKind.FUNDS_HELD)
E_FUNDS_RELEASED = int(enums.EventKind.FUNDS_RELEASED)
E_FUNDS_CAPTURED = int(enums.EventKind.FUNDS_CAPTURED)
E_HOLD_SET = int(enums.EventKind.HOLD_SET)
E_EXCHANGED = int(enums.EventKind.EXCHANGED)
E_INDEX_AGED = int(enums.EventKind.INDEX_AGED)

# sides, kinds, times in force
BUY = int(enums.Side.BUY)
SELL = int(enums.Side.SELL)
LIMIT = int(enums.OrderType.LIMIT)
MARKET = int(enums.OrderType.MARKET)
PEG = int(enums.OrderType.PEG)
GTC = int(enums.TimeInForce.GTC)
IOC = int(enums.TimeInForce.IOC)
FOK = int(enums.TimeInForce.FOK)
GTD = int(enums.TimeInForce.GTD)

# triggers
STOP = int(enums.Trigger.STOP)
TAKE_PROFIT = int(enums.Trigger.TAKE_PROFIT)
TRAILING_DISTANCE = int(enums.Trigger.TRAILING_DISTANCE)
TRAILING_PERCENTAGE = int(enums.Trigger.TRAILING_PERCENTAGE)
LAST = int(enums.PriceSource.LAST)
INDEX = int(enums.PriceSource.INDEX)
TOLD_BY_OPERATOR = int(enums.IndexSource.OPERATOR)
TOLD_BY_DEMO = int(enums.IndexSource.DEMO)

# self-trade modes
CANCEL_NEWEST = int(enums.SelfTrade.CANCEL_NEWEST)
CANCEL_OLDEST = int(enums.SelfTrade.CANCEL_OLDEST)
CANCEL_BOTH = int(enums.SelfTrade.CANCEL_BOTH)
DECREMENT = int(enums.SelfTrade.DECREMENT)

# instrument states, fee rules, parameters
TRADING = int(enums.InstrumentState.TRADING)
POST_ONLY_SESSION = int(enums.InstrumentState.POST_ONLY_SESSION)
CANCEL_ONLY = int(enums.InstrumentState.CANCEL_ONLY)
HALTED = int(enums.InstrumentState.HALTED)
IN_RECEIVED = int(enums.FeeRule.IN_RECEIVED)
IN_QUOTE = int(enums.FeeRule.IN_QUOTE)
P_STATE = int(enums.InstrumentParameter.STATE)
P_FEE_RULE = int(enums.InstrumentParameter.FEE_RULE)
P_MIN_QUANTITY = int(enums.InstrumentParameter.MIN_QUANTITY)
P_MAX_QUANTITY = int(enums.InstrumentParameter.MAX_QUANTITY)
P_MIN_NOTIONAL = int(enums.InstrumentParameter.MIN_NOTIONAL)
P_MIN_PRICE = int(enums.InstrumentParameter.MIN_PRICE)
P_MAX_PRICE = int(enums.InstrumentParameter.MAX_PRICE)
P_BUY_BAND_PPM = int(enums.InstrumentParameter.BUY_BAND_PPM)
P_SELL_BAND_PPM = int(enums.InstrumentParameter.SELL_BAND_PPM)
P_PRICE_FLOOR_PPM = int(enums.InstrumentParameter.PRICE_FLOOR_PPM)
P_PRICE_CEILING_PPM = int(enums.InstrumentParameter.PRICE_CEILING_PPM)
P_MARKET_PROTECTION_PPM = int(enums.InstrumentParameter.MARKET_PROTECTION_PPM)
P_TRIGGER_DISTANCE_PPM = int(enums.InstrumentParameter.TRIGGER_DISTANCE_PPM)
P_OPEN_ORDERS_MAX = int(enums.InstrumentParameter.OPEN_ORDERS_MAX)
P_TAX_PPB = int(enums.InstrumentParameter.TAX_PPB)
P_REFUSE_MET_TRIGGERS = int(enums.InstrumentParameter.REFUSE_MET_TRIGGERS)
P_REISSUE_AT_TRIGGER = int(enums.InstrumentParameter.REISSUE_AT_TRIGGER)
P_INDEX_AGE_MAX_NS = int(enums.InstrumentParameter.INDEX_AGE_MAX_NS)
P_SOURCE_INDEX_AGE_MAX_NS = int(enums.InstrumentParameter.SOURCE_INDEX_AGE_MAX_NS)
P_MATCHING_RULES = int(enums.InstrumentParameter.MATCHING_RULES)
DEPOSIT = int(enums.TransferReason.DEPOSIT)
INTERNAL = int(enums.TransferReason.INTERNAL)
ADJUSTMENT = int(enums.TransferReason.ADJUSTMENT)
A_FEE_TIER = int(enums.AccountParameter.FEE_TIER)
A_SUSPENDED = int(enums.AccountParameter.SUSPENDED)

# why an order ended
FILLED = int(enums.CloseReason.FILLED)
CANCELED = int(enums.CloseReason.CANCELED)
EXPIRED = int(enums.CloseReason.EXPIRED)
NOT_RESTED = int(enums.CloseReason.NOT_RESTED)
SELF_TRADE = int(enums.CloseReason.SELF_TRADE)
USED_UP = int(enums.CloseReason.NO_LIQUIDITY)
BUDGET_SPENT = int(enums.CloseReason.BUDGET_SPENT)
SIBLING = int(enums.CloseReason.SIBLING)
DEAD_MAN = int(enums.CloseReason.DEAD_MAN)
REFUSED_AT_TRIGGER = int(enums.CloseReason.REFUSED_AT_TRIGGER)
REISSUED = int(enums.CloseReason.REISSUED)
WORTHLESS = int(enums.CloseReason.WORTHLESS)
UNFUNDED = int(enums.CloseReason.UNFUNDED)

# why a hold was given back; 0: a command did it
BY_COMMAND = 0
BY_TIME = int(enums.ReleaseCause.EXPIRED)

# why a command was refused; 0: it was not
ACCEPTED = 0
MALFORMED = int(enums.RejectReason.MALFORMED)
UNKNOWN_ACCOUNT = int(enums.RejectReason.UNKNOWN_ACCOUNT)
UNKNOWN_ASSET = int(enums.RejectReason.UNKNOWN_ASSET)
UNKNOWN_INSTRUMENT = int(enums.RejectReason.UNKNOWN_INSTRUMENT)
ALREADY_EXISTS = int(enums.RejectReason.ALREADY_EXISTS)
ACCOUNT_SUSPENDED = int(enums.RejectReason.ACCOUNT_SUSPENDED)
INSTRUMENT_HALTED = int(enums.RejectReason.INSTRUMENT_HALTED)
INSTRUMENT_CANCEL_ONLY = int(enums.RejectReason.INSTRUMENT_CANCEL_ONLY)
INSTRUMENT_POST_ONLY = int(enums.RejectReason.INSTRUMENT_POST_ONLY)
UNKNOWN_ORDER = int(enums.RejectReason.UNKNOWN_ORDER)
AMEND_NOT_ALLOWED = int(enums.RejectReason.AMEND_NOT_ALLOWED)
AMEND_ALREADY_TRIGGERED = int(enums.RejectReason.AMEND_ALREADY_TRIGGERED)
AMEND_QUANTITY_FILLED = int(enums.RejectReason.AMEND_QUANTITY_FILLED)
UNSUPPORTED_COMBINATION = int(enums.RejectReason.UNSUPPORTED_COMBINATION)
QUANTITY_TOO_SMALL = int(enums.RejectReason.QUANTITY_TOO_SMALL)
QUANTITY_TOO_LARGE = int(enums.RejectReason.QUANTITY_TOO_LARGE)
PRICE_OUT_OF_RANGE = int(enums.RejectReason.PRICE_OUT_OF_RANGE)
TRIGGER_PRICE_OUT_OF_RANGE = int(enums.RejectReason.TRIGGER_PRICE_OUT_OF_RANGE)
NOTIONAL_TOO_SMALL = int(enums.RejectReason.NOTIONAL_TOO_SMALL)
NOTIONAL_TOO_LARGE = int(enums.RejectReason.NOTIONAL_TOO_LARGE)
NO_REFERENCE_PRICE = int(enums.RejectReason.NO_REFERENCE_PRICE)
PRICE_OUTSIDE_BAND = int(enums.RejectReason.PRICE_OUTSIDE_BAND)
TRIGGER_DISTANCE_EXCEEDED = int(enums.RejectReason.TRIGGER_DISTANCE_EXCEEDED)
TRIGGER_ALREADY_MET = int(enums.RejectReason.TRIGGER_ALREADY_MET)
EXPIRED_ON_ARRIVAL = int(enums.RejectReason.EXPIRED_ON_ARRIVAL)
TOO_MANY_OPEN_ORDERS = int(enums.RejectReason.TOO_MANY_OPEN_ORDERS)
TOO_MANY_FOLLOWERS = int(enums.RejectReason.TOO_MANY_FOLLOWERS)
POST_ONLY_WOULD_CROSS = int(enums.RejectReason.POST_ONLY_WOULD_CROSS)
FOK_NOT_FILLABLE = int(enums.RejectReason.FOK_NOT_FILLABLE)
NO_LIQUIDITY = int(enums.RejectReason.NO_LIQUIDITY)
INSUFFICIENT_AVAILABLE = int(enums.RejectReason.INSUFFICIENT_AVAILABLE)
AMOUNT_OUT_OF_RANGE = int(enums.RejectReason.AMOUNT_OUT_OF_RANGE)
NO_MEMORY = int(enums.RejectReason.NO_MEMORY)
UNKNOWN_HOLD = int(enums.RejectReason.UNKNOWN_HOLD)
INDEX_TOO_OLD = int(enums.RejectReason.INDEX_TOO_OLD)
BUDGET_TOO_SMALL = int(enums.RejectReason.BUDGET_TOO_SMALL)
NO_PROTECTION = int(enums.RejectReason.NO_PROTECTION)

# widths, in 64-bit integers
COMMAND_WIDTH = _COMMAND_WIDTH
HEADER = _HEADER
KIND = _KIND  # the columns of the header: of a command its op
SEQ = _SEQ
TIME_NS = _TIME_NS
FIRST = _HEADER  # of a command's own columns: of most an account
SECOND = _HEADER + 1  # of a cancel or an amend: an order
EVENT_WIDTH = _EVENT_WIDTH
ORDER_WIDTH = _ORDER_WIDTH
PREFETCH_AHEAD = 8 * _COMMAND_WIDTH  # how far ahead of the present command memory is asked for

# accounts of the house: the world outside, which alone may go negative, and where fees and tax go
OUTSIDE = 0
FEES = 1
TAX = 2

# limits; each keeps a product or a table inside its bounds
AMOUNT_MAX = _AMOUNT_MAX
TOO_MUCH = _AMOUNT_MAX + 1  # what arithmetic answers when a result is beyond AMOUNT_MAX
PRICE_MAX = (1 << 60) - 1  # so that a price and a distance still add up in 64 bits
VALUE_MAX = 1 << 40  # of a tick × lot's numerator and denominator: down to 10^-12 of a minor unit
EXPIRES_MAX = (1 << 62) - 1  # an instant in nanoseconds, some 140 years after 1970
ACCOUNTS_MAX = 1 << 24  # rows in the table of accounts, 56 bytes each
ASSETS_MAX = 1 << 12  # each account's balances lie in one row
INSTRUMENTS_MAX = 1 << 14  # each account counts its open orders by instrument
TIERS_MAX = 64  # each instrument keeps two rates a tier
RATE_MAX = 500_000_000  # of a fee or tax, in parts per billion: half of it
FOLLOWERS_MAX = 1 << 12  # pegs and trailing stops an instrument repositions with one price
PPM = 1_000_000
PPB = 1_000_000_000
DEVIATION_MAX = 100_000  # of a peg from the index, in parts per million
RULES = 1  # the newest revision of the rules of matching; 0 is what journals begin with
MAKER_ENDED = -1  # instead of the reason for which an incoming order ends
NO_KEY = -(1 << 62)  # below every ladder key: a limit that excludes nothing
EVERY = -1  # every instrument

ACCOUNT_KEY = 1 << 62  # what is taken from an account's number to make a timer's key: below every order id
INDEX_KEY = 1 << 61  # and from an instrument's, for the age of its index: between accounts and orders
HOLD_KEY = 1 << 60  # and from a hold's, for its expiry: between indexes and orders

# the ladders of a book
BIDS = 0
ASKS = 1
LAST_RISING = 2
LAST_FALLING = 3
INDEX_RISING = 4
INDEX_FALLING = 5
