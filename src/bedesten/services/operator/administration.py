"""What an operator may change of a venue: its file, its instruments' states, index prices, and the standing of accounts.

Owns the translation between an operator's words and the services. What stands in the venue file is changed there, so that it
survives a restart and can be read; what does not is a command of the core, which keeps it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from bedesten.config import TIERS_MAX
from bedesten.config.edit import with_row, with_value, without_value
from bedesten.domain.commands import Command, SetAccount, SetIndex
from bedesten.domain.enums import AccountParameter, IndexSource, InstrumentState, RejectReason
from bedesten.domain.events import Rejected
from bedesten.domain.instruments import Instrument
from bedesten.domain.money import AMOUNT_MAX, to_text
from bedesten.services.errors import OperationRefused
from bedesten.services.market.indexes import NS_PER_S, IndexPrice, index_of, source_word
from bedesten.services.operator.changes import Change, Changes
from bedesten.services.venue import Venue

Answer = list[dict[str, Any]]
Call = Callable[..., Awaitable[Answer]]

SECRET_WORDS: Final = ("secret", "password")  # of keys whose values are not repeated
PPB_SCALE: Final = 9  # decimals of a rate


class Administration:
    """The operator's changes to one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def calls(self) -> dict[str, Call]:
        """Return every operation by its name."""
        return {
            "instruments": self.instruments,
            "set_state": self.set_state,
            "set_index": self.set_index,
            "suspend_account": self.suspend_account,
            "set_fee_tier": self.set_fee_tier,
            "venue_file": self.venue_file,
            "apply_venue_file": self.apply_venue_file,
            "set_venue_value": self.set_venue_value,
            "unset_venue_value": self.unset_venue_value,
            "list_asset": self.list_asset,
            "list_instrument": self.list_instrument,
        }

    # ── instruments ──

    async def instruments(self) -> Answer:
        """Return every instrument with its state and what a new account pays there."""
        rates = await self._venue.sequencer.read(
            lambda machine: [machine.fee_rates(0, each.id) for each in self._venue.catalogue.instruments]
        )
        now_ns = self._venue.clock.now_ns()
        return [
            {
                "id": each.id,
                "name": each.name,
                "state": each.state.name.lower(),
                "maker": to_text(maker, scale=PPB_SCALE),
                "taker": to_text(taker, scale=PPB_SCALE),
                "tick": each.price_text(1),
                "lot": each.quantity_text(1),
                **_index_columns(each, await self._index(each), now_ns),
            }
            for each, (maker, taker) in zip(self._venue.catalogue.instruments, rates, strict=True)
        ]

    async def set_state(self, names: list[str], state: str) -> Answer:
        """Bring instruments (none named: all) into a state: trading, halted, cancel_only or post_only_session."""
        if state.upper() not in InstrumentState.__members__:
            raise OperationRefused(f"there is no state {state!r}")
        listed = self._venue.catalogue.instruments
        chosen = [self._instrument(name) for name in names] if names else list(listed)

        def edit(text: str) -> str:
            for each in chosen:
                text = with_value(text, f"instruments.{each.name}.state", f'"{state.lower()}"')
            return text

        before = {f"instruments.{each.name}.state": each.state.name.lower() for each in chosen}
        told = _told(await self._changes.apply(edit))
        # what the file does not say is the default, and was in force all the same
        return [{**row, "before": row["before"] or before.get(row["key"], "")} for row in told]

    async def set_index(self, instrument: str, price: str, is_source: bool = False) -> Answer:
        """Tell the index price of an instrument; *price* is a decimal. *is_source*: by a program that will tell it again."""
        found = self._instrument(instrument)
        ticks = found.ticks(price)
        if ticks <= 0:
            raise OperationRefused(f"an index price is more than nothing, and {price} is not")
        if ticks > AMOUNT_MAX:
            raise OperationRefused(f"{price} is no price that anybody could pay")
        source = IndexSource.SOURCE if is_source else IndexSource.OPERATOR
        await self._submit(SetIndex(instrument=found.id, price=ticks, source=source))
        return [{"instrument": found.name, "index": found.price_text(ticks)}]

    # ── accounts ──

    async def suspend_account(self, account: str, is_suspended: bool) -> Answer:
        """Let an account and its sub-accounts only cancel, or lift that; told is what suspends it still."""
        number, standing = self._account(account), self._venue.standing
        await (standing.suspend(number) if is_suspended else standing.lift(number))
        return [{"account": account, "still": reason} for reason in ([] if is_suspended else standing.reasons(number))]

    async def set_fee_tier(self, account: str, tier: int) -> Answer:
        """Put an account into a fee tier, from its next order on."""
        if not 0 <= tier < TIERS_MAX:
            raise OperationRefused(f"fee tiers are numbered from 0 to {TIERS_MAX - 1}")
        parameter = AccountParameter.FEE_TIER
        await self._submit(SetAccount(account=self._account(account), parameter=parameter, value=tier))
        return []

    # ── the venue file ──

    async def venue_file(self) -> Answer:
        """Return the text of the venue file in force."""
        text = self._changes.text
        if not text:
            raise OperationRefused("this venue's file is not known: start it once with --config FILE")
        return [{"text": text}]

    async def apply_venue_file(self, text: str) -> Answer:
        """Make the venue what a whole file says."""
        return _told(await self._changes.apply(lambda _: text))

    async def set_venue_value(self, key: str, value: str) -> Answer:
        """Set one key of the venue file."""
        return _told(await self._changes.apply(lambda text: with_value(text, key, value)))

    async def unset_venue_value(self, key: str) -> Answer:
        """Drop one key of the venue file."""
        return _told(await self._changes.apply(lambda text: without_value(text, key)))

    async def list_asset(self, asset: str, name: str, scale: int, fiat: bool) -> Answer:
        """List a new asset."""
        row: dict[str, str | int | bool] = {"code": asset, "name": name, "scale": scale}
        if fiat:
            row["fiat"] = True
        return _told(await self._changes.apply(lambda text: with_row(text, "assets", row)))

    async def list_instrument(
        self, base: str, quote: str, group: str, tick_size: str, lot_size: str, state: str = "trading"
    ) -> Answer:
        """List a new instrument, on the rules of a group."""
        row: dict[str, str | int | bool] = {"base": base, "quote": quote, "group": group}
        row.update({"tick_size": tick_size, "lot_size": lot_size, "state": state})
        return _told(await self._changes.apply(lambda text: with_row(text, "instruments", row)))

    # ── inside ──

    @property
    def _changes(self) -> Changes:
        if self._venue.changes is None:
            raise OperationRefused("this venue was made without a venue file")
        return self._venue.changes

    async def _index(self, instrument: Instrument) -> IndexPrice:
        return await self._venue.sequencer.read(lambda machine: index_of(machine, instrument.id))

    def _instrument(self, name: str) -> Instrument:
        found = self._venue.catalogue.instrument(name)
        if found is None:
            known = ", ".join(each.name for each in self._venue.catalogue.instruments)
            raise OperationRefused(f"there is no instrument {name!r}; there are {known}")
        return found

    def _account(self, name: str) -> int:
        account = self._venue.accounts.by_name(name)
        if account is None:
            raise OperationRefused(f"there is no account {name!r}; open it first")
        if account.is_system:
            raise OperationRefused(f"{name!r} is the venue's own account")
        return account.id

    async def _submit(self, command: Command) -> None:
        result = await self._venue.sequencer.submit(command)
        for event in result.events:
            if isinstance(event, Rejected):
                raise OperationRefused(f"the core refused it: {RejectReason(event.reason).name}")


def _index_columns(instrument: Instrument, index: IndexPrice, now_ns: int) -> dict[str, Any]:
    if not index.price:
        return {"index": "", "told by": "", "age": "", "too old": ""}
    left = f"in {max(0, index.too_old_ns - now_ns) // NS_PER_S} s" if index.too_old_ns else "never"
    return {
        "index": instrument.price_text(index.price),
        "told by": source_word(index.source),
        "age": f"{max(0, now_ns - index.told_ns) // NS_PER_S} s",
        "too old": "now" if index.is_too_old(now_ns) else left,
    }


def _told(changes: list[Change]) -> Answer:
    return [
        {
            "key": change.key,
            "before": _shown(change.key, change.before),
            "after": _shown(change.key, change.after),
            "in force": "now" if change.is_at_once else "from the next start",
        }
        for change in changes
    ]


def _shown(key: str, value: str) -> str:
    is_secret = any(word in key.rpartition(".")[2] for word in SECRET_WORDS)
    return "…" if is_secret and value else value
