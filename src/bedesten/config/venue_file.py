"""The venue file: what a venue lists, on which rules, at which fees.

Owns the reading of venue.toml and its translation into domain structs. Never reads a clock, a store
or the environment, and never lets a number through as a float: decimals keep the text they were written in until they
are whole units. Every key is described in docs/venue-file.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Container, Iterator, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from bedesten.config.convert import ConvertTable, convert_terms
from bedesten.config.customers import CustomersTable
from bedesten.config.described import Demo, FeeRates, RateLimit, VenueFile
from bedesten.config.fiat import FiatTable, fiat_terms
from bedesten.config.networks import NetworkTable, WithdrawalsTable, network, withdrawal_terms
from bedesten.config.objections import Said, as_taken, refuse_new
from bedesten.config.otc import OtcTable, otc_terms
from bedesten.config.settings import ConfigError
from bedesten.config.values import Code, Decimal, ValueRefused, units
from bedesten.domain.enums import FeeRule, InstrumentState
from bedesten.domain.instruments import MATCHING_RULES, Asset, Instrument, Listing
from bedesten.domain.money import PPB, PPM, Amount, Lots, Ticks

GUIDE: Final = "docs/venue-file.md"
NAMING: Final = "name a readable venue file: `serve --config FILE`, `venue apply FILE`"
PACKAGED: Final = "the packaged demo.toml"
TEXTS_MAX: Final = 8  # venue files that are kept as they were understood: a template is begun again and again
ASSETS_MAX: Final = 1_000  # far above any venue here; keeps a generated file from filling the core
INSTRUMENTS_MAX: Final = 4_000
TIERS_MAX: Final = 32  # fee tiers a group may name
VALUE_MAX: Final = 1 << 40  # of the fraction that a tick × a lot is worth: what the core can multiply in 128 bits
NS_PER_S: Final = 1_000_000_000
SOURCE_INDEX_AGE_NS: Final = 60 * NS_PER_S  # where the file does not say: a source tells its price every few seconds
INDEX_AGE_NS_MAX: Final = 3_660 * 86_400 * NS_PER_S  # ten years; 0 says for ever
NUMBER_MAX: Final = 1_000_000  # of a listed instrument: clients keep them in 32 bits
SCALE_MAX: Final = 18  # decimals: one unit of a finer asset would leave no room for money in 64 bits


class _Venue(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    book_interval_ms: Annotated[int, msgspec.Meta(ge=10, le=60_000)] = 100


class _Asset(msgspec.Struct, forbid_unknown_fields=True):
    code: Code
    name: str
    scale: Annotated[int, msgspec.Meta(ge=0, le=SCALE_MAX)] = 8
    fiat: bool = False


class _Fees(msgspec.Struct, forbid_unknown_fields=True):
    maker: Decimal
    taker: Decimal


class _Rules(msgspec.Struct, forbid_unknown_fields=True):
    """Rules that a group gives to its instruments and that an instrument may state for itself."""

    state: Literal["trading", "post_only_session", "cancel_only", "halted"] | None = None
    fee_rule: Literal["in_received", "in_quote"] | None = None
    tax: Decimal | None = None
    min_quantity: Decimal | None = None
    max_quantity: Decimal | None = None
    min_notional: Decimal | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    buy_band: Decimal | None = None
    sell_band: Decimal | None = None
    price_floor: Decimal | None = None
    price_ceiling: Decimal | None = None
    market_protection: Decimal | None = None
    trigger_distance: Decimal | None = None
    open_orders_max: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] | None = None
    refuse_met_triggers: bool | None = None
    reissue_at_trigger: bool | None = None
    index_age_max: Decimal | None = None


class _Group(_Rules):
    fees: tuple[_Fees, ...] = ()


class _Instrument(_Rules, kw_only=True):
    base: Code
    quote: Code
    group: str
    tick_size: Decimal
    lot_size: Decimal


class _Listing(msgspec.Struct, forbid_unknown_fields=True):
    """One row of an API's own list; what it leaves out is the instrument's."""

    base: Code
    quote: Code
    symbol: str | None = None
    price_scale: Annotated[int, msgspec.Meta(ge=0, le=SCALE_MAX)] | None = None
    quantity_scale: Annotated[int, msgspec.Meta(ge=0, le=SCALE_MAX)] | None = None
    min_value: Decimal = 0
    number: Annotated[int, msgspec.Meta(ge=1, le=NUMBER_MAX)] | None = (
        None  # the API's id of it; None: its place in the list
    )


class _BtseOptions(msgspec.Struct, forbid_unknown_fields=True):
    """The former place of answers.btse.wallet_history."""

    wallet_history: Literal["words", "numbers"] | None = None


class _Dialects(msgspec.Struct, forbid_unknown_fields=True):
    btse: _BtseOptions = msgspec.field(default_factory=_BtseOptions)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    venue: _Venue
    assets: tuple[_Asset, ...]
    groups: dict[str, _Group]
    instruments: tuple[_Instrument, ...]
    listings: dict[str, tuple[_Listing, ...]] = {}
    networks: dict[str, NetworkTable] = {}
    rate_limits: dict[str, dict[str, RateLimit]] = {}
    answers: dict[str, str | dict[str, str]] = {}
    demo: Demo = msgspec.field(default_factory=Demo)
    otc: OtcTable | None = None
    withdrawals: WithdrawalsTable | None = None
    convert: ConvertTable | None = None
    fiat: FiatTable | None = None
    customers: CustomersTable = msgspec.field(default_factory=CustomersTable)
    dialects: _Dialects = msgspec.field(default_factory=_Dialects)


# Reading -----------------------------------------------------------------------------


def demo_venue_file() -> VenueFile:
    """Return the venue that is packaged with Bedesten."""
    return parse_venue_file(demo_venue_text(), source=PACKAGED)


def demo_venue_text() -> str:
    """Return its file."""
    return resources.files("bedesten.venues").joinpath("demo.toml").read_text(encoding="utf-8")


def load_venue_file(path: Path, *, tolerated: Container[Said] = ()) -> VenueFile:
    """Return the venue that the file at *path* describes; *tolerated*: as in parse_venue_file.

    Raises: ConfigError when it cannot be read or used.
    """
    return parse_venue_file(load_venue_text(path), source=str(path), tolerated=tolerated)


def load_venue_text(path: Path) -> str:
    """Return what stands in the file at *path*.

    Raises: ConfigError when it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); {NAMING}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is no text in UTF-8; {NAMING}") from error


def parse_venue_file(text: str, *, source: str, tolerated: Container[Said] = ()) -> VenueFile:
    """Return the venue that the TOML *text* is taken for; *source* names it in errors.

    *tolerated*: what a new file may not say, and this one may, because the venue says it already; EVERY in a file that it keeps.
    Raises: ConfigError.
    """
    file = read_venue_text(text, source=source)
    refuse_new(file, source=source, tolerated=tolerated)
    return as_taken(file)


@lru_cache(maxsize=TEXTS_MAX)
def read_venue_text(text: str, *, source: str) -> VenueFile:
    """Return what the TOML *text* says, whether a new file may say it or not; *source* names it in errors.

    Raises: ConfigError.
    """
    try:
        raw = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from error
    try:
        return _build(_convert(raw))
    except ValueRefused as problem:
        raise ConfigError(f"{source}: {problem.key}: {problem.reason}") from problem


def _convert(raw: dict[str, Any]) -> _File:
    try:
        return msgspec.convert(raw, _File, strict=True)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        key = place.rstrip("`").lstrip(".") or "the top of the file"
        raise ValueRefused(key, f"{reason}; {GUIDE} lists every key") from error


def _build(file: _File) -> VenueFile:
    assets = _assets(file.assets)
    if len(file.instruments) > INSTRUMENTS_MAX:
        raise ValueRefused("instruments", f"more than {INSTRUMENTS_MAX}; split the venue")
    instruments: list[Instrument] = []
    groups: dict[str, str] = {}
    fees: dict[int, tuple[FeeRates, ...]] = {}
    for at, row in enumerate(file.instruments):
        key = f"instruments[{at}] ({row.base}-{row.quote})"
        group = file.groups.get(row.group)
        if group is None:
            raise ValueRefused(
                f"{key}.group", f"no [groups.{row.group}]; add it or name one of {', '.join(file.groups)}"
            )
        instrument = _Reader(key, row, group).instrument(at + 1, assets)
        if instrument.name in groups:
            raise ValueRefused(key, "listed twice; keep one of the two rows")
        instruments.append(instrument)
        groups[instrument.name] = row.group
        fees[instrument.id] = _fees(row.group, group)
    limits = {f"{dialect}.{name}": limit for dialect, rows in file.rate_limits.items() for name, limit in rows.items()}
    return VenueFile(
        name=file.venue.name,
        book_interval_ms=file.venue.book_interval_ms,
        assets=tuple(assets.values()),
        instruments=tuple(instruments),
        fees=fees,
        groups=groups,
        rate_limits=limits,
        demo=_demo(file.demo, assets),
        otc=None if file.otc is None else otc_terms(file.otc, instruments),
        answers=_answers(file),
        levels=file.customers.terms(),
        fiat=None if file.fiat is None else fiat_terms(file.fiat, assets),
        convert=None if file.convert is None else convert_terms(file.convert, assets),
        withdrawals=None if file.withdrawals is None else withdrawal_terms(file.withdrawals, assets),
        listings={name: tuple(_listings(name, rows, instruments)) for name, rows in file.listings.items()},
        networks=tuple(network(name, row, assets) for name, row in file.networks.items()),
    )


# "btse.wallet_history" as one word in quotes, or as a table below btse: TOML's own two ways of writing it.
def _answers(file: _File) -> dict[str, str]:
    found: dict[str, str] = {}
    former = file.dialects.btse.wallet_history
    if former is not None:
        found["btse.wallet_history"] = former
    for name, value in file.answers.items():
        rows = {name: value} if isinstance(value, str) else {f"{name}.{key}": each for key, each in value.items()}
        for key, each in rows.items():
            if found.setdefault(key, each) != each:
                raise ValueRefused(f"answers.{key}", "said twice, and not the same; keep one of the two")
    return found


def _listings(name: str, rows: Sequence[_Listing], instruments: Sequence[Instrument]) -> Iterator[Listing]:
    by_name = {instrument.name: instrument for instrument in instruments}
    symbols: set[str] = set()
    numbers: set[int] = set()
    for at, row in enumerate(rows):
        key = f"listings.{name}[{at}] ({row.base}-{row.quote})"
        instrument = by_name.get(f"{row.base}-{row.quote}")
        if instrument is None:
            raise ValueRefused(key, "no such instrument; add it to instruments or drop the row")
        symbol = row.symbol or row.base + row.quote
        if symbol in symbols:
            raise ValueRefused(f"{key}.symbol", f"{symbol} is listed twice; keep one of the two rows")
        symbols.add(symbol)
        number = row.number or at + 1
        if number in numbers:
            raise ValueRefused(
                f"{key}.number", f"{number} is another row's number, or its place in the list; give one of them another"
            )
        numbers.add(number)
        listing = Listing(
            number=number, instrument=instrument.id, symbol=symbol if row.symbol is None else row.symbol,
            price_scale=instrument.price_scale if row.price_scale is None else row.price_scale,
            quantity_scale=instrument.quantity_scale if row.quantity_scale is None else row.quantity_scale,
            min_value=Amount(units(f"{key}.min_value", row.min_value, scale=instrument.quote.scale)),
        )  # fmt: skip
        if listing.price_scale > instrument.price_scale or listing.quantity_scale > instrument.quantity_scale:
            raise ValueRefused(
                key, "finer than the instrument's own tick or lot; use as many decimals as it has, or fewer"
            )
        yield listing


def _assets(rows: Sequence[_Asset]) -> dict[str, Asset]:
    if len(rows) > ASSETS_MAX:
        raise ValueRefused("assets", f"more than {ASSETS_MAX}; list fewer")
    assets: dict[str, Asset] = {}
    for at, row in enumerate(rows):
        if row.code in assets:
            raise ValueRefused(f"assets[{at}].code", f"{row.code} is listed twice; keep one of the two rows")
        assets[row.code] = Asset(id=at + 1, code=row.code, name=row.name, scale=row.scale, is_fiat=row.fiat)
    return assets


def _fees(name: str, group: _Group) -> tuple[FeeRates, ...]:
    if not 1 <= len(group.fees) <= TIERS_MAX:
        raise ValueRefused(f"groups.{name}.fees", f"needs 1 to {TIERS_MAX} tiers, the first for every new account")
    tiers = []
    for tier, row in enumerate(group.fees):
        key = f"groups.{name}.fees[{tier}]"
        maker = units(f"{key}.maker", row.maker, scale=9, most=PPB // 2)
        taker = units(f"{key}.taker", row.taker, scale=9, most=PPB // 2)
        if maker > taker:
            raise ValueRefused(f"{key}.maker", "above the taker fee, which is what an order holds; swap or lower it")
        tiers.append(FeeRates(maker_ppb=maker, taker_ppb=taker))
    return tuple(tiers)


def _demo(demo: Demo, assets: Mapping[str, Asset]) -> Demo:
    for code, price in demo.prices.items():
        if code not in assets:
            raise ValueRefused(f"demo.prices.{code}", "no such asset; add it to assets or drop the price")
        if units(f"demo.prices.{code}.usd", price.usd, scale=12) == 0:
            raise ValueRefused(f"demo.prices.{code}.usd", "must be above zero")
        units(f"demo.prices.{code}.volatility", price.volatility, scale=6, most=5 * PPM)
    names = [account.name for account in demo.accounts]
    keys = [account.api_key for account in demo.accounts]
    if len(set(names)) < len(names) or len(set(keys)) < len(keys):
        raise ValueRefused("demo.accounts", "two accounts share a name or an API key; give each its own")
    return demo


class _Reader:
    """One instrument's row over its group's rules: the row wins."""

    def __init__(self, key: str, row: _Instrument, group: _Group) -> None:
        self.key = key
        self.row = row
        self.group = group

    def rule(self, name: str, default: Any) -> Any:
        own = getattr(self.row, name)
        shared = getattr(self.group, name) if own is None else own
        return default if shared is None else shared

    def ratio(self, name: str, *, unit: int = PPM, most: int = PPM) -> int:
        written: Decimal = self.rule(name, 0)
        return units(f"{self.key}.{name}", written, scale=len(str(unit)) - 1, most=most)

    def asset(self, name: str, assets: Mapping[str, Asset]) -> Asset:
        code: str = getattr(self.row, name)
        if code not in assets:
            raise ValueRefused(f"{self.key}.{name}", f"no asset {code}; add it to assets")
        return assets[code]

    def step(self, name: str) -> tuple[int, int]:
        """Return a tick or lot size as (scale, size): "0.5" is (1, 5)."""
        written = str(getattr(self.row, name))
        scale = len(written.partition(".")[2])
        key = f"{self.key}.{name}"
        if scale > SCALE_MAX:
            raise ValueRefused(key, f"more than {SCALE_MAX} decimals")
        return scale, units(key, written, scale=scale, least=1)

    def instrument(self, id: int, assets: Mapping[str, Asset]) -> Instrument:
        base, quote = self.asset("base", assets), self.asset("quote", assets)
        if base is quote:
            raise ValueRefused(f"{self.key}.quote", "the same as base; an instrument exchanges two assets")
        price_scale, tick_size = self.step("tick_size")
        quantity_scale, lot_size = self.step("lot_size")
        if quantity_scale > base.scale:
            raise ValueRefused(
                f"{self.key}.lot_size", f"finer than {base.code}'s {base.scale} decimals; use a coarser lot"
            )
        bare = Instrument(
            id=id, base=base, quote=quote, price_scale=price_scale, tick_size=tick_size, quantity_scale=quantity_scale,
            lot_size=lot_size,
        )  # fmt: skip
        value = bare.tick_value
        if max(value.numerator, value.denominator) > VALUE_MAX:
            raise ValueRefused(
                f"{self.key}.tick_size", "a tick × a lot is too far from a minor unit of quote; bring them nearer"
            )
        ruled = msgspec.structs.replace(bare, **self.rules(bare))
        if ruled.max_quantity and ruled.max_quantity < ruled.min_quantity:
            raise ValueRefused(f"{self.key}.max_quantity", "below min_quantity")
        if ruled.max_price and ruled.max_price < ruled.min_price:
            raise ValueRefused(f"{self.key}.max_price", "below min_price")
        return ruled

    def rules(self, bare: Instrument) -> dict[str, Any]:
        quote_scale = bare.quote.scale
        return {
            "state": InstrumentState[self.rule("state", "trading").upper()],
            "fee_rule": FeeRule[self.rule("fee_rule", "in_received").upper()],
            "tax_ppb": self.ratio("tax", unit=PPB, most=PPB // 2),
            "min_quantity": self.lots(bare, "min_quantity", least=1),
            "max_quantity": self.lots(bare, "max_quantity"),
            "min_notional": Amount(units(f"{self.key}.min_notional", self.rule("min_notional", 0), scale=quote_scale)),
            "min_price": self.ticks(bare, "min_price", least=1),
            "max_price": self.ticks(bare, "max_price"),
            "buy_band_ppm": self.ratio("buy_band", most=1_000 * PPM),
            "sell_band_ppm": self.ratio("sell_band"),
            "price_floor_ppm": self.ratio("price_floor"),
            "price_ceiling_ppm": self.ratio("price_ceiling", most=1_000 * PPM),
            "market_protection_ppm": self.ratio("market_protection"),
            "trigger_distance_ppm": self.ratio("trigger_distance"),
            "open_orders_max": self.rule("open_orders_max", 0),
            "matching_rules": MATCHING_RULES,
            "refuse_met_triggers": self.rule("refuse_met_triggers", False),
            "reissue_at_trigger": self.rule("reissue_at_trigger", False),
            **self.index_ages(),
        }

    def index_ages(self) -> dict[str, int]:
        """Return how old an index may be: one that the operator told, and one that a source did."""
        written: Decimal | None = self.rule("index_age_max", None)
        if written is None:
            return {"index_age_max_ns": 0, "source_index_age_max_ns": SOURCE_INDEX_AGE_NS}
        age_ns = units(f"{self.key}.index_age_max", written, scale=9, most=INDEX_AGE_NS_MAX)
        return {"index_age_max_ns": age_ns, "source_index_age_max_ns": age_ns}

    def lots(self, bare: Instrument, name: str, least: int = 0) -> Lots:
        return Lots(max(least, self.multiple(name, bare.quantity_scale, bare.lot_size, "lot_size")))

    def ticks(self, bare: Instrument, name: str, least: int = 0) -> Ticks:
        return Ticks(max(least, self.multiple(name, bare.price_scale, bare.tick_size, "tick_size")))

    def multiple(self, name: str, scale: int, size: int, of: str) -> int:
        key = f"{self.key}.{name}"
        found = units(key, self.rule(name, 0), scale=scale)
        if found % size:
            raise ValueRefused(key, f"not a multiple of {of}; round it")
        return found // size
