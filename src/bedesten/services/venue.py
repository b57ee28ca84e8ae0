"""The venue: everything that a dialect, the simulation or the command line may use, in one frozen record.

`open_venue` brings it up from what the store holds: snapshot, then journal, then the services on top.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bedesten.clock import Clock
from bedesten.domain.convert import ConvertTerms
from bedesten.domain.fiat import FiatTerms
from bedesten.domain.levels import Levels
from bedesten.domain.networks import WithdrawalTerms
from bedesten.domain.otc import OtcTerms
from bedesten.services.accounts.accounts import Accounts
from bedesten.services.accounts.families import Families
from bedesten.services.accounts.fold_accounts import AccountsFold
from bedesten.services.accounts.held_keys import HeldKeys
from bedesten.services.accounts.keys import Keys
from bedesten.services.audit import Audit
from bedesten.services.chance import Chance
from bedesten.services.customers import Customers, CustomerTools
from bedesten.services.customers.bank_claims import keep_claims
from bedesten.services.customers.confirmation_mail import ConfirmationMail
from bedesten.services.customers.register import Register
from bedesten.services.feeds import Feeds
from bedesten.services.fiat.fiat import Fiat
from bedesten.services.holds.confirmations import Confirmations
from bedesten.services.holds.holds import Holds
from bedesten.services.instruments import Catalogue
from bedesten.services.log import recover
from bedesten.services.market.candles import Candles
from bedesten.services.market.indexes import Indexes
from bedesten.services.market.market_data import MarketData
from bedesten.services.market.rates import Rates
from bedesten.services.money.confirmed_transfers import ConfirmedTransfers
from bedesten.services.money.conversions import Conversions
from bedesten.services.money.statement import Statements
from bedesten.services.money.subaccounts import Subaccounts
from bedesten.services.money.transfers import Transfers
from bedesten.services.orders.ended import EndedOrders
from bedesten.services.orders.ended_ids import EndedIds
from bedesten.services.orders.placed_once import PlacedOnce
from bedesten.services.orders.trading import Trading
from bedesten.services.otc.desk import OtcDesk
from bedesten.services.otc.history import OtcHistory
from bedesten.services.ports import AckPolicy, Chain, DataKeys, Destination, History, Rows, Store
from bedesten.services.sequencing.loops import Loops
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.sequencing.state import VenueState
from bedesten.services.standing.standing import Act, Standing
from bedesten.services.venue_file.changes import Changes
from bedesten.services.wallet_history import WalletHistory
from bedesten.services.wallets.chain_faults import ChainFaults
from bedesten.services.wallets.forgotten_addresses import ForgottenAddresses
from bedesten.services.wallets.network_deposits import NetworkDeposits
from bedesten.services.wallets.network_withdrawals import NetworkWithdrawals
from bedesten.services.wallets.rules import WithdrawalRules
from bedesten.services.wallets.withdrawals import Withdrawals


@dataclass(frozen=True, slots=True)
class Venue:
    """An exchange that runs."""

    clock: Clock
    chance: Chance
    catalogue: Catalogue
    sequencer: Sequencer
    trading: Trading
    placed_once: PlacedOnce
    market_data: MarketData
    candles: Candles
    accounts: Accounts
    keys: Keys
    feeds: Feeds
    otc: OtcDesk
    statements: Statements
    withdrawals: Withdrawals
    network_deposits: NetworkDeposits
    network_withdrawals: NetworkWithdrawals
    chain_faults: ChainFaults
    wallet_history: WalletHistory
    rates: Rates
    indexes: Indexes
    conversions: Conversions
    subaccounts: Subaccounts
    transfers: Transfers
    customers: Customers
    standing: Standing
    audit: Audit
    fiat: Fiat
    confirmed_transfers: ConfirmedTransfers
    holds: Holds
    forgotten: ForgottenAddresses
    otc_history: OtcHistory
    loops: Loops
    held_keys: HeldKeys
    changes: Changes | None = None  # None: a venue that was made without a file


def open_venue(
    store: Store,
    clock: Clock,
    catalogue: Catalogue,
    *,
    policy: AckPolicy = AckPolicy.SYNCED,
    state: VenueState | None = None,
    backfill: History | None = None,
    chain: Callable[[Sequencer], Chain] | None = None,
    otc: OtcTerms | None = None,
    limits: WithdrawalTerms | None = None,
    convert: ConvertTerms | None = None,
    fiat: FiatTerms | None = None,
    levels: Levels | None = None,
    tools: CustomerTools | None = None,
    on_failure: Callable[[BaseException], None] = lambda error: None,
) -> Venue:
    """Build a venue over a store and start it; call inside the running event loop.

    *state*: what `recover` returned (None: recover here, without a snapshot). Stop it with `venue.sequencer.stop()`.
    *chain* makes the networks' port; without it money comes and goes by the operator alone.
    *limits* are those of what customers may withdraw, *levels* what each needs. *tools* is what customers need of the outside.
    *on_failure* is called once when the store fails or the core finds a bug: the process must end then.
    Raises: DamagedJournal, StoreFailure.
    """
    rows, vault, state, tools = store.rows, store.vault, state or recover(store.log), tools or CustomerTools()
    instruments = [instrument.id for instrument in catalogue.instruments]
    candles = Candles(rows, clock, instruments, backfill)
    candles.load()
    feeds = Feeds(state, catalogue.assets_of)
    sequencer = Sequencer(
        state, store.log, clock, policy,
        publish=feeds.publish, finished_minutes=candles.take_finished, on_failure=on_failure,
    )  # fmt: skip
    market_data = MarketData(sequencer, rows, clock, candles, instruments, backfill)
    market_data.load()
    ended = EndedOrders()
    _listen(feeds, ended, sequencer, candles, market_data, catalogue)
    networks = chain(sequencer) if chain is not None else None
    accounts, rates = Accounts(sequencer, catalogue), Rates(sequencer, clock, catalogue, market_data)
    keys, audit = Keys(sequencer, vault, clock, tools.randomness), Audit(sequencer, rows, vault)
    register, families = Register(sequencer, vault, clock), Families(state.folds.of(AccountsFold))
    standing = Standing(sequencer, register, accounts, families, levels or Levels())
    may = standing.who_may
    subaccounts = Subaccounts(sequencer, rows, accounts, keys, families, standing)
    customers = Customers(sequencer, rows, vault, clock, accounts, register, standing, tools)
    confirmations, holds = _confirmations(sequencer, vault, clock, customers, tools), Holds(sequencer, rows)
    rules = _rules(sequencer, clock, catalogue, limits, networks, customers, standing, families)
    withdrawals = Withdrawals(sequencer, rows, clock, rules, holds)
    trading = Trading(sequencer, rows, clock, ended, may(Act.TRADE))
    deposits = NetworkDeposits(sequencer, clock, catalogue, networks, may(Act.CRYPTO_DEPOSIT))
    sending = NetworkWithdrawals(catalogue, withdrawals, holds, networks, confirmations)
    by_bank = Fiat(sequencer, rows, vault, clock, fiat, holds, confirmations, may(Act.FIAT_WITHDRAWAL))
    customers.kyc.on_bank = keep_claims(by_bank.bank_accounts, by_bank.terms)
    return Venue(
        clock=clock, chance=tools.randomness, catalogue=catalogue, sequencer=sequencer, market_data=market_data, candles=candles,
        accounts=accounts, keys=keys, feeds=feeds, withdrawals=withdrawals, network_deposits=deposits, rates=rates,
        customers=customers, subaccounts=subaccounts, standing=standing, network_withdrawals=sending, fiat=by_bank,
        trading=trading, placed_once=_placed_once(feeds, trading, rows, clock),
        statements=Statements(sequencer, rows, catalogue),
        wallet_history=WalletHistory(sequencer, rows, deposits, withdrawals, by_bank.withdrawals, subaccounts.main_of),
        conversions=Conversions(sequencer, rates, convert, may(Act.TRADE)),
        transfers=Transfers(sequencer, customers),
        chain_faults=ChainFaults(catalogue, sending, networks),
        otc=_desk(sequencer, clock, catalogue, otc, customers, standing, tools.randomness),
        confirmed_transfers=ConfirmedTransfers(sequencer, rows, clock, catalogue, customers, confirmations, holds),
        forgotten=ForgottenAddresses(sequencer, clock), indexes=Indexes(sequencer, clock, catalogue),
        otc_history=OtcHistory(sequencer, rows, catalogue), audit=audit, holds=holds,
        loops=Loops(clock, sequencer.break_off), held_keys=_held(clock, keys, standing, customers),
    )  # fmt: skip


def _placed_once(feeds: Feeds, trading: Trading, rows: Rows, clock: Clock) -> PlacedOnce:
    ended = EndedIds(rows, clock)
    feeds.watch_commits(ended.note)
    return PlacedOnce(trading, clock, ended)


def _held(clock: Clock, keys: Keys, standing: Standing, customers: Customers) -> HeldKeys:
    held = HeldKeys(clock)
    keys.watch(held.key_changed)
    standing.watch(held.accounts_changed)
    customers.sessions.watch(held.accounts_changed)
    return held


def _confirmations(
    sequencer: Sequencer, vault: DataKeys, clock: Clock, customers: Customers, tools: CustomerTools
) -> Confirmations:
    mail = ConfirmationMail(customers, customers.outbox)
    return Confirmations(sequencer, vault, clock, mail, tools.randomness)


def _desk(
    sequencer: Sequencer,
    clock: Clock,
    catalogue: Catalogue,
    terms: OtcTerms | None,
    customers: Customers,
    standing: Standing,
    chance: Chance,
) -> OtcDesk:
    return OtcDesk(
        sequencer, clock, catalogue, terms, customers.vip_level_of,
        may_trade=lambda account: standing.allowed(account).trade, may_settle=standing.who_may(Act.TRADE), chance=chance,
    )  # fmt: skip


def _listen(
    feeds: Feeds, ended: EndedOrders, sequencer: Sequencer, candles: Candles, market_data: MarketData,
    catalogue: Catalogue,
) -> None:  # fmt: skip
    catalogue.watch(lambda: _include(catalogue, candles, market_data))
    feeds.watch_commits(ended.note)
    feeds.watch_commits(sequencer.figures.note_commit)
    feeds.watch_trades(candles.note)
    feeds.watch_trades(market_data.note)


def _rules(
    sequencer: Sequencer, clock: Clock, catalogue: Catalogue, limits: WithdrawalTerms | None,
    chain: Chain | None, customers: Customers, standing: Standing, families: Families,
) -> WithdrawalRules:  # fmt: skip
    def spell(name: str, to: Destination) -> Destination:
        network = catalogue.network(name)
        return to if network is None or chain is None else chain.canonical(network, to)

    return WithdrawalRules(
        sequencer, clock, limits, spell, family_of=families.family, level_of=customers.level_of,
        may_withdraw=standing.who_may(Act.CRYPTO_WITHDRAWAL),
    )  # fmt: skip


def _include(catalogue: Catalogue, candles: Candles, market_data: MarketData) -> None:
    listed = [instrument.id for instrument in catalogue.instruments]
    candles.include(listed)
    market_data.include(listed)
