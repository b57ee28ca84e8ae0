"""The customers of a venue: one door to everything that is known of them."""

from __future__ import annotations

from dataclasses import dataclass

from bedesten.clock import Clock
from bedesten.domain.customers import Status
from bedesten.services.accounts.accounts import Accounts
from bedesten.services.chance import SYSTEM, Chance
from bedesten.services.customers.authenticators import Authenticators
from bedesten.services.customers.captchas import Captchas
from bedesten.services.customers.codes import Codes
from bedesten.services.customers.dossiers import Dossiers
from bedesten.services.customers.failed_authentications import FailedAuthentications
from bedesten.services.customers.guesses import Guesses
from bedesten.services.customers.kyc import Kyc
from bedesten.services.customers.login_log import LoginLog
from bedesten.services.customers.logins import Logins
from bedesten.services.customers.passwords import Cost, Passwords
from bedesten.services.customers.records import Customer
from bedesten.services.customers.register import Register
from bedesten.services.customers.sessions import Sessions
from bedesten.services.customers.sign_ups import SignUps
from bedesten.services.customers.venue_number import VenueNumber
from bedesten.services.messages.outbox import StoredOutbox
from bedesten.services.ports import DataKeys, Documents, Outbox, Rows
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.standing.standing import Standing


@dataclass(frozen=True, slots=True)
class CustomerTools:
    """What customers need of the outside, with what serves unless told."""

    randomness: Chance = SYSTEM
    password_cost: Cost = Cost()
    documents: Documents | None = None  # None: none are taken
    outbox: Outbox | None = None  # None: messages are kept in the store, for the operator to read
    tells_captchas: bool = False  # in the outbox, so that programs can sign up: for a venue to play with


class Customers:
    """Everything about customers. What their accounts may do is *standing*'s to say."""

    def __init__(
        self, sequencer: Sequencer, rows: Rows, vault: DataKeys, clock: Clock, accounts: Accounts, register: Register,
        standing: Standing, tools: CustomerTools | None = None,
    ) -> None:  # fmt: skip
        tools = tools or CustomerTools()
        self._clock = clock
        self._accounts = accounts
        self.register = register
        self.allowed = standing.allowed
        self.outbox: Outbox = tools.outbox or StoredOutbox(sequencer, vault, clock)
        self.sessions = Sessions(sequencer, vault, clock, tools.randomness)
        self.venue_number = VenueNumber(sequencer, vault, tools.randomness)
        self.log = LoginLog(sequencer, rows, vault, register)
        self.captchas = Captchas(clock, tools.randomness, self.outbox if tools.tells_captchas else None)
        self.codes = Codes(sequencer, vault, clock, self.outbox, tools.randomness)
        self.passwords = Passwords(tools.password_cost)
        self.guesses = Guesses(clock, self.sessions)
        self.authenticators = Authenticators(register, clock, vault, tools.randomness, self.guesses)
        failed = FailedAuthentications(sequencer, vault, self.log)
        self.logins = Logins(
            register,
            self.passwords,
            self.captchas,
            self.sessions,
            self.authenticators,
            self.guesses,
            self.log,
            failed,
            clock,
        )
        self.sign_ups = SignUps(
            register, accounts, self.passwords, self.captchas, self.codes, self.sessions, self.log, failed, clock
        )
        dossiers = Dossiers(sequencer, vault, clock, tools.documents, tools.randomness)
        self.kyc = Kyc(register, dossiers, self.codes, self.log, clock)
        self.of_account = register.of_account
        self.by_username = register.by_username
        self.by_email = register.by_email

    def vip_level_of(self, account: int) -> int:
        """Return a customer's VIP level, 0 for an account without a customer."""
        customer = self.register.of_account(account)
        return customer.vip_level if customer is not None else 0

    def level_of(self, account: int) -> int | None:
        """Return a customer's level; None for an account without a customer, which nothing of a level holds for."""
        customer = self.register.of_account(account)
        return None if customer is None else customer.level

    async def erase(self, account: int) -> None:
        """Forget who the holder of an account was; the account and its money stay, and do nothing any more.

        What the log holds of them is lost with their data key, and their documents go; cut short, the next start goes on.
        Raises: Overloaded, Stopped, StoreFailure.
        """
        dossier = self.kyc.dossiers.of_account(account)
        await self.register.erase(account)
        await self.kyc.dossiers.remove(dossier)

    async def introduce(self, account: int, email: str, password_hash: str, *, level: int) -> Customer:
        """Make the holder of an account a customer whom the operator vouches for: verified, and of that level.

        Raises: NameTaken, Overloaded, Stopped.
        """
        named = self._accounts.by_id(account)
        assert named is not None, "the account is opened first"
        customer = Customer(
            account=account, username=named.name, email=email, password_hash=password_hash,
            status=Status.NORMAL, level=level, created_ns=self._clock.now_ns(),
        )  # fmt: skip
        return await self.register.add(customer)
