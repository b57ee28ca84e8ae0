"""Settings, and the venue file: what a venue lists, on which rules, at which fees.

Owns the reading of venue.toml and its translation into domain structs and setup commands. Never reads a clock, a store
or the environment, and never lets a number through as a float: decimals keep the text they were written in until they
are whole units. Every key is described in docs/venue-file.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import msgspec

from bedesten.config_convert import ConvertTable, convert_terms
from bedesten.config_fiat import FiatTable, fiat_terms
from bedesten.config_networks import NetworkTable, WithdrawalsTable, network, withdrawal_terms
from bedesten.config_otc import OtcTable, TermsRefused, otc_terms
from bedesten.domain.commands import Command, ListAsset, ListInstrument, OpenAccount, SetFees, SetInstrument
from bedesten.domain.convert import ConvertTerms
from bedesten.domain.enums import FeeRule, InstrumentParameter, InstrumentState
from bedesten.domain.fiat import FiatTerms
from bedesten.domain.instruments import Asset, Instrument, Listing
from bedesten.domain.money import AMOUNT_MAX, PPB, PPM, Amount, Lots, Ticks, to_units
from bedesten.domain.networks import Network, WithdrawalTerms
from bedesten.domain.otc import DESK, OtcTerms

GUIDE: Final = "docs/venue-file.md"
PACKAGED: Final = "the packaged demo.toml"
ASSETS_MAX: Final = 1_000  # far above any venue here; keeps a generated file from filling the core
INSTRUMENTS_MAX: Final = 4_000
TIERS_MAX: Final = 32  # fee tiers a group may name
VALUE_MAX: Final = 1 << 34  # of the fraction that a tick × a lot is worth: what the core can multiply in 128 bits
NS_PER_S: Final = 1_000_000_000
SCALE_MAX: Final = 18  # decimals: one unit of a finer asset would leave no room for money in 64 bits

Decimal = str | int  # as written in the file: 0.05, "0.05" and 5 are all good
Code = Annotated[str, msgspec.Meta(pattern="^[A-Z0-9]{2,12}$")]


class ConfigError(ValueError):
    """The configuration cannot be used; the message names the file, the key and what to do."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How one process of the venue runs: the options of `bedesten serve`."""

    host: str = "127.0.0.1"
    port: int = 8080  # 0: any free one
    data: str = ":memory:"  # a directory, or ":memory:" to keep nothing
    config: str | None = None  # None: the packaged demo venue
    demo: bool = False  # accounts with known keys and a living book
    seed: int = 1  # of everything the demo draws
    ack: Literal["memory", "written", "synced"] = "synced"
    trusted_proxies: tuple[str, ...] = ()  # addresses whose X-Forwarded-For tells who the client is
    cors_origins: tuple[str, ...] = ()  # pages of other sites that may call from a browser; ("*",): all of them
    behind_tls: bool = False  # clients come over TLS only, by a proxy's
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    access_log: bool = False  # a line for every request
    metrics_from: tuple[str, ...] = ("127.0.0.0/8", "::1")  # who may read /metrics: addresses and networks


class FeeRates(msgspec.Struct, frozen=True, kw_only=True):
    """What one tier pays, in parts per billion."""

    maker_ppb: int
    taker_ppb: int


class RateLimit(msgspec.Struct, frozen=True, kw_only=True):
    """So many requests in so many seconds."""

    requests: Annotated[int, msgspec.Meta(ge=1)]
    seconds: Annotated[int, msgspec.Meta(ge=1, le=86_400)]


class DemoAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account of the demo venue, with the one API key everybody may know."""

    name: str
    api_key: str
    api_secret: str
    permissions: tuple[Literal["read", "trading", "transfer", "wallet", "withdraw"], ...]
    funded: bool = True


class DemoPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an asset's simulated price starts from and how far it swings."""

    usd: Decimal
    volatility: Decimal = "0.6"  # a year's standard deviation, as a fraction


class Demo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `--demo` adds to the venue."""

    accounts: tuple[DemoAccount, ...] = ()
    prices: dict[Code, DemoPrice] = {}


class VenueFile(msgspec.Struct, frozen=True, kw_only=True):
    """A venue as its file describes it, in domain words.

    Shape: fees and groups are keyed by instrument id and by instrument name. Ids count from 1 in the file's order.
    """

    name: str
    book_interval_ms: int
    assets: tuple[Asset, ...]
    instruments: tuple[Instrument, ...]
    fees: dict[int, tuple[FeeRates, ...]]
    groups: dict[str, str]
    rate_limits: dict[str, RateLimit]
    demo: Demo
    listings: dict[str, tuple[Listing, ...]] = {}
    networks: tuple[Network, ...] = ()
    otc: OtcTerms | None = None
    withdrawals: WithdrawalTerms | None = None
    convert: ConvertTerms | None = None
    fiat: FiatTerms | None = None
    btse_wallet_history: Literal["words", "numbers"] = "words"

    def encode(self) -> bytes:
        """Return the venue as JSON, to be kept beside its data."""
        return msgspec.json.encode(self)

    @staticmethod
    def decode(data: bytes) -> VenueFile:
        """Return the venue that encode() wrote."""
        return msgspec.json.decode(data, type=VenueFile)


# What stands in the file -----------------------------------------------------------------------------


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


class _BtseOptions(msgspec.Struct, forbid_unknown_fields=True):
    """What a venue's documents have had in more than one way."""

    wallet_history: Literal["words", "numbers"] = "words"


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
    demo: Demo = msgspec.field(default_factory=Demo)
    otc: OtcTable | None = None
    withdrawals: WithdrawalsTable | None = None
    convert: ConvertTable | None = None
    fiat: FiatTable | None = None
    dialects: _Dialects = msgspec.field(default_factory=_Dialects)


# Reading -----------------------------------------------------------------------------


def demo_venue_file() -> VenueFile:
    """Return the venue that is packaged with Bedesten."""
    return parse_venue_file(demo_venue_text(), source=PACKAGED)


def demo_venue_text() -> str:
    """Return its file."""
    return resources.files("bedesten.venues").joinpath("demo.toml").read_text(encoding="utf-8")


def load_venue_file(path: Path) -> VenueFile:
    """Return the venue that the file at *path* describes.

    Raises: ConfigError when it cannot be read or used.
    """
    return parse_venue_file(load_venue_text(path), source=str(path))


def load_venue_text(path: Path) -> str:
    """Return what stands in the file at *path*.

    Raises: ConfigError when it cannot be read.
    """
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read ({error}); name a readable venue file with --config") from error


def parse_venue_file(text: str, *, source: str) -> VenueFile:
    """Return the venue that the TOML *text* describes; *source* names it in errors.

    Raises: ConfigError.
    """
    try:
        raw = tomllib.loads(text, parse_float=str)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: not valid TOML: {error}") from error
    try:
        return _build(_convert(raw))
    except (_Problem, TermsRefused) as problem:
        raise ConfigError(f"{source}: {problem.key}: {problem.reason}") from problem


class _Problem(Exception):
    def __init__(self, key: str, reason: str) -> None:
        super().__init__(key, reason)
        self.key = key
        self.reason = reason


def _convert(raw: dict[str, Any]) -> _File:
    try:
        return msgspec.convert(raw, _File, strict=True)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at `$")
        key = place.rstrip("`").lstrip(".") or "the top of the file"
        raise _Problem(key, f"{reason}; {GUIDE} lists every key") from error


def _build(file: _File) -> VenueFile:
    assets = _assets(file.assets)
    if len(file.instruments) > INSTRUMENTS_MAX:
        raise _Problem("instruments", f"more than {INSTRUMENTS_MAX}; split the venue")
    instruments: list[Instrument] = []
    groups: dict[str, str] = {}
    fees: dict[int, tuple[FeeRates, ...]] = {}
    for at, row in enumerate(file.instruments):
        key = f"instruments[{at}] ({row.base}-{row.quote})"
        group = file.groups.get(row.group)
        if group is None:
            raise _Problem(f"{key}.group", f"no [groups.{row.group}]; add it or name one of {', '.join(file.groups)}")
        instrument = _Reader(key, row, group).instrument(at + 1, assets)
        if instrument.name in groups:
            raise _Problem(key, "listed twice; keep one of the two rows")
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
        btse_wallet_history=file.dialects.btse.wallet_history,
        fiat=None if file.fiat is None else fiat_terms(file.fiat, assets),
        convert=None if file.convert is None else convert_terms(file.convert, assets),
        withdrawals=None if file.withdrawals is None else withdrawal_terms(file.withdrawals, assets),
        listings={name: tuple(_listings(name, rows, instruments)) for name, rows in file.listings.items()},
        networks=tuple(network(name, row, assets) for name, row in file.networks.items()),
    )


def _listings(name: str, rows: Sequence[_Listing], instruments: Sequence[Instrument]) -> Iterator[Listing]:
    by_name = {instrument.name: instrument for instrument in instruments}
    symbols: set[str] = set()
    for at, row in enumerate(rows):
        key = f"listings.{name}[{at}] ({row.base}-{row.quote})"
        instrument = by_name.get(f"{row.base}-{row.quote}")
        if instrument is None:
            raise _Problem(key, "no such instrument; add it to instruments or drop the row")
        symbol = row.symbol or row.base + row.quote
        if symbol in symbols:
            raise _Problem(f"{key}.symbol", f"{symbol} is listed twice; keep one of the two rows")
        symbols.add(symbol)
        listing = Listing(
            number=at + 1, instrument=instrument.id, symbol=symbol,
            price_scale=instrument.price_scale if row.price_scale is None else row.price_scale,
            quantity_scale=instrument.quantity_scale if row.quantity_scale is None else row.quantity_scale,
            min_value=Amount(_units(f"{key}.min_value", row.min_value, scale=instrument.quote.scale)),
        )  # fmt: skip
        if listing.price_scale > instrument.price_scale or listing.quantity_scale > instrument.quantity_scale:
            raise _Problem(key, "finer than the instrument's own tick or lot; use as many decimals as it has, or fewer")
        yield listing


def _assets(rows: Sequence[_Asset]) -> dict[str, Asset]:
    if len(rows) > ASSETS_MAX:
        raise _Problem("assets", f"more than {ASSETS_MAX}; list fewer")
    assets: dict[str, Asset] = {}
    for at, row in enumerate(rows):
        if row.code in assets:
            raise _Problem(f"assets[{at}].code", f"{row.code} is listed twice; keep one of the two rows")
        assets[row.code] = Asset(id=at + 1, code=row.code, name=row.name, scale=row.scale, is_fiat=row.fiat)
    return assets


def _fees(name: str, group: _Group) -> tuple[FeeRates, ...]:
    if not 1 <= len(group.fees) <= TIERS_MAX:
        raise _Problem(f"groups.{name}.fees", f"needs 1 to {TIERS_MAX} tiers, the first for every new account")
    tiers = []
    for tier, row in enumerate(group.fees):
        key = f"groups.{name}.fees[{tier}]"
        maker = _units(f"{key}.maker", row.maker, scale=9, most=PPB // 2)
        taker = _units(f"{key}.taker", row.taker, scale=9, most=PPB // 2)
        if maker > taker:
            raise _Problem(f"{key}.maker", "above the taker fee, which is what an order holds; swap or lower it")
        tiers.append(FeeRates(maker_ppb=maker, taker_ppb=taker))
    return tuple(tiers)


def _demo(demo: Demo, assets: Mapping[str, Asset]) -> Demo:
    for code, price in demo.prices.items():
        if code not in assets:
            raise _Problem(f"demo.prices.{code}", "no such asset; add it to assets or drop the price")
        if _units(f"demo.prices.{code}.usd", price.usd, scale=12) == 0:
            raise _Problem(f"demo.prices.{code}.usd", "must be above zero")
        _units(f"demo.prices.{code}.volatility", price.volatility, scale=6, most=5 * PPM)
    names = [account.name for account in demo.accounts]
    keys = [account.api_key for account in demo.accounts]
    if len(set(names)) < len(names) or len(set(keys)) < len(keys):
        raise _Problem("demo.accounts", "two accounts share a name or an API key; give each its own")
    return demo


def _units(key: str, written: Decimal, *, scale: int, least: int = 0, most: int = AMOUNT_MAX) -> int:
    try:
        units = to_units(str(written), scale=scale)
    except ValueError as error:
        raise _Problem(key, f"{error}; write a decimal such as 0.05") from error
    if not least <= units <= most:
        raise _Problem(key, f"{written} is out of range")
    return units


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
        return _units(f"{self.key}.{name}", written, scale=len(str(unit)) - 1, most=most)

    def asset(self, name: str, assets: Mapping[str, Asset]) -> Asset:
        code: str = getattr(self.row, name)
        if code not in assets:
            raise _Problem(f"{self.key}.{name}", f"no asset {code}; add it to assets")
        return assets[code]

    def step(self, name: str) -> tuple[int, int]:
        """Return a tick or lot size as (scale, size): "0.5" is (1, 5)."""
        written = str(getattr(self.row, name))
        scale = len(written.partition(".")[2])
        key = f"{self.key}.{name}"
        if scale > SCALE_MAX:
            raise _Problem(key, f"more than {SCALE_MAX} decimals")
        return scale, _units(key, written, scale=scale, least=1)

    def instrument(self, id: int, assets: Mapping[str, Asset]) -> Instrument:
        base, quote = self.asset("base", assets), self.asset("quote", assets)
        if base is quote:
            raise _Problem(f"{self.key}.quote", "the same as base; an instrument exchanges two assets")
        price_scale, tick_size = self.step("tick_size")
        quantity_scale, lot_size = self.step("lot_size")
        if quantity_scale > base.scale:
            raise _Problem(f"{self.key}.lot_size", f"finer than {base.code}'s {base.scale} decimals; use a coarser lot")
        bare = Instrument(
            id=id, base=base, quote=quote, price_scale=price_scale, tick_size=tick_size, quantity_scale=quantity_scale,
            lot_size=lot_size,
        )  # fmt: skip
        value = bare.tick_value
        if max(value.numerator, value.denominator) > VALUE_MAX:
            raise _Problem(
                f"{self.key}.tick_size", "a tick × a lot is too far from a minor unit of quote; bring them nearer"
            )
        ruled = msgspec.structs.replace(bare, **self.rules(bare))
        if ruled.max_quantity and ruled.max_quantity < ruled.min_quantity:
            raise _Problem(f"{self.key}.max_quantity", "below min_quantity")
        if ruled.max_price and ruled.max_price < ruled.min_price:
            raise _Problem(f"{self.key}.max_price", "below min_price")
        return ruled

    def rules(self, bare: Instrument) -> dict[str, Any]:
        quote_scale = bare.quote.scale
        return {
            "state": InstrumentState[self.rule("state", "trading").upper()],
            "fee_rule": FeeRule[self.rule("fee_rule", "in_received").upper()],
            "tax_ppb": self.ratio("tax", unit=PPB, most=PPB // 2),
            "min_quantity": self.lots(bare, "min_quantity", least=1),
            "max_quantity": self.lots(bare, "max_quantity"),
            "min_notional": Amount(_units(f"{self.key}.min_notional", self.rule("min_notional", 0), scale=quote_scale)),
            "min_price": self.ticks(bare, "min_price", least=1),
            "max_price": self.ticks(bare, "max_price"),
            "buy_band_ppm": self.ratio("buy_band", most=1_000 * PPM),
            "sell_band_ppm": self.ratio("sell_band"),
            "price_floor_ppm": self.ratio("price_floor"),
            "price_ceiling_ppm": self.ratio("price_ceiling", most=1_000 * PPM),
            "market_protection_ppm": self.ratio("market_protection"),
            "trigger_distance_ppm": self.ratio("trigger_distance"),
            "open_orders_max": self.rule("open_orders_max", 0),
            "refuse_met_triggers": self.rule("refuse_met_triggers", False),
            "reissue_at_trigger": self.rule("reissue_at_trigger", False),
        }

    def lots(self, bare: Instrument, name: str, least: int = 0) -> Lots:
        return Lots(max(least, self.multiple(name, bare.quantity_scale, bare.lot_size, "lot_size")))

    def ticks(self, bare: Instrument, name: str, least: int = 0) -> Ticks:
        return Ticks(max(least, self.multiple(name, bare.price_scale, bare.tick_size, "tick_size")))

    def multiple(self, name: str, scale: int, size: int, of: str) -> int:
        key = f"{self.key}.{name}"
        units = _units(key, self.rule(name, 0), scale=scale)
        if units % size:
            raise _Problem(key, f"not a multiple of {of}; round it")
        return units // size


# Setup commands -----------------------------------------------------------------------------

_PARAMETERS: Final[tuple[tuple[InstrumentParameter, str], ...]] = (
    (InstrumentParameter.FEE_RULE, "fee_rule"),
    (InstrumentParameter.MIN_QUANTITY, "min_quantity"),
    (InstrumentParameter.MAX_QUANTITY, "max_quantity"),
    (InstrumentParameter.MIN_NOTIONAL, "min_notional"),
    (InstrumentParameter.MIN_PRICE, "min_price"),
    (InstrumentParameter.MAX_PRICE, "max_price"),
    (InstrumentParameter.BUY_BAND_PPM, "buy_band_ppm"),
    (InstrumentParameter.SELL_BAND_PPM, "sell_band_ppm"),
    (InstrumentParameter.PRICE_FLOOR_PPM, "price_floor_ppm"),
    (InstrumentParameter.PRICE_CEILING_PPM, "price_ceiling_ppm"),
    (InstrumentParameter.MARKET_PROTECTION_PPM, "market_protection_ppm"),
    (InstrumentParameter.TRIGGER_DISTANCE_PPM, "trigger_distance_ppm"),
    (InstrumentParameter.OPEN_ORDERS_MAX, "open_orders_max"),
    (InstrumentParameter.TAX_PPB, "tax_ppb"),
    (InstrumentParameter.REFUSE_MET_TRIGGERS, "refuse_met_triggers"),
    (InstrumentParameter.REISSUE_AT_TRIGGER, "reissue_at_trigger"),
    (InstrumentParameter.STATE, "state"),  # last: an instrument opens once all its rules stand
)


def setup_commands(venue_file: VenueFile, applied: VenueFile | None = None) -> list[Command]:
    """Return the commands that bring a venue to *venue_file*: all, or what differs from the file *applied* before.

    Raises: ConfigError when the change would alter what balances and orders are counted in.
    """
    if applied is not None:
        _check_continues(venue_file, applied)
    known_assets = len(applied.assets) if applied else 0
    known = applied.instruments if applied else ()
    commands: list[Command] = [ListAsset(asset=asset.id) for asset in venue_file.assets[known_assets:]]
    if _has_desk(venue_file) and not (applied and _has_desk(applied)):
        commands.append(OpenAccount(account=DESK))
    for at, instrument in enumerate(venue_file.instruments):
        before = known[at] if at < len(known) else None
        if before is None:
            commands.append(_list_instrument(instrument))
        old_fees = applied.fees[instrument.id] if applied and before else ()
        commands.extend(_fee_commands(instrument.id, venue_file.fees[instrument.id], old_fees))
        commands.extend(_parameter_commands(instrument, before))
    return commands


def _has_desk(venue_file: VenueFile) -> bool:
    return venue_file.otc is not None or venue_file.convert is not None


def _list_instrument(instrument: Instrument) -> ListInstrument:
    value = instrument.tick_value
    return ListInstrument(
        instrument=instrument.id,
        base=instrument.base.id,
        quote=instrument.quote.id,
        lot_value=instrument.lot_value,
        value_numerator=value.numerator,
        value_denominator=value.denominator,
    )


def _fee_commands(instrument: int, tiers: Sequence[FeeRates], before: Sequence[FeeRates]) -> Iterator[SetFees]:
    # A tier that is no longer named pays what the last named one does: an account may still stand in it.
    for tier in range(max(len(tiers), len(before))):
        rates = tiers[min(tier, len(tiers) - 1)]
        if tier >= len(before) or before[tier] != rates:
            yield SetFees(instrument=instrument, tier=tier, maker_ppb=rates.maker_ppb, taker_ppb=rates.taker_ppb)


def _parameter_commands(instrument: Instrument, before: Instrument | None) -> Iterator[SetInstrument]:
    for parameter, name in _PARAMETERS:
        value = int(getattr(instrument, name))
        old = int(getattr(before, name)) if before is not None else 0
        if value != old:
            yield SetInstrument(instrument=instrument.id, parameter=int(parameter), value=value)


def _check_continues(new: VenueFile, old: VenueFile) -> None:
    for before, after in zip(old.assets, new.assets, strict=False):
        if (before.code, before.scale) != (after.code, after.scale):
            raise ConfigError(
                f"assets: {before.code} (scale {before.scale}) became {after.code} (scale {after.scale}); "
                "keep the listed assets in their order and add new ones at the end"
            )
    for was, now in zip(old.instruments, new.instruments, strict=False):
        if _list_instrument(was) != _list_instrument(now) or was.name != now.name:
            raise ConfigError(
                f"instruments: {was.name} became {now.name}, or its tick or lot changed; keep the listed instruments, "
                "their order and sizes, and add new ones at the end"
            )
    for kind, gone in (
        ("assets", [row.code for row in old.assets[len(new.assets) :]]),
        ("instruments", [row.name for row in old.instruments[len(new.instruments) :]]),
    ):
        if gone:
            names = ", ".join(gone)
            raise ConfigError(f'{kind}: {names} left the file; keep the rows (state = "halted" stops trading)')
