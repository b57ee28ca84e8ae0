"""The command line's `customers` and `outbox`, on a directory that no server runs on."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from PIL import Image
from tests.unit.test_cli import Terminal

from bedesten import bootstrap
from bedesten.clock import SystemClock
from bedesten.config import Settings
from bedesten.services.customers.guesses import Asker
from bedesten.services.customers.kyc_records import LEVEL_2_KINDS, Answers, BankClaim, Identity
from bedesten.services.customers.login_log import Visitor
from bedesten.services.venue import Venue

NOBODY = Visitor()
PERSON = Identity(name="王小明", gender=1, birthday="1990-01-31", number="A123456789")
ANSWERS = Answers("investment", "", "no", "", "over_3", "over_100")


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    """A terminal in front of a venue with one customer, ann, who wants to rise to level 2."""
    made = Terminal(tmp_path / "data")
    made.lines("accounts", "open", "ann")
    on_venue(made, applied)
    return made


def on_venue(terminal: Terminal, work: Callable[[Venue], Awaitable[None]]) -> None:
    async def opened() -> None:
        async with bootstrap.offline_venue(Settings(data=str(terminal.directory)), print) as venue:
            await work(venue)

    asyncio.run(opened())


async def applied(venue: Venue) -> None:
    account = venue.accounts.by_name("ann")
    assert account is not None
    customers = venue.customers
    customer = await customers.introduce(account.id, "ann@example.com", "", level=1)
    await customers.kyc.dossiers.change(account.id, identity=PERSON)
    for kind in LEVEL_2_KINDS:
        await customers.kyc.show(account.id, int(kind), "x.png", picture())
    await customers.kyc.apply_level_2(account.id, ANSWERS)
    await customers.sign_ups.send_code(customer.username, None, Visitor())


def test_customers_are_listed_and_shown(terminal: Terminal) -> None:
    """As rows; with what a review needs, and without anything secret."""
    (listed,) = terminal.rows("customers")
    (shown,) = terminal.rows("customers", "show", "ANN@example.com")

    assert (listed["name"], listed["status"], listed["level"], listed["under_review"]) == ("ann", "normal", 1, [2])
    assert shown["person"] == "王小明, male, 1990-01-31" and shown["identity_number"] == "A123456789"
    assert shown["reviews"] == ["level 1 passed", "level 2 pending", "level 3 none"]
    assert shown["documents"][0].startswith("id_front pending (image/png, ")
    assert "over_3" in shown["answers"]
    assert not {"password_hash", "totp_secret"} & shown.keys()
    assert terminal.lines("customers", "list")[1][1] == "ann"


def test_what_a_customer_wrote_does_not_reach_the_terminal_s_own_language(terminal: Terminal) -> None:
    """Control characters and those that reverse a text are shown as what they are."""

    async def answered(venue: Venue) -> None:
        account = venue.accounts.by_name("ann")
        assert account is not None
        answers = Answers("other", "\x1b]0;mine\x07\n\u202etxt", "no", "", "over_3", "over_100")
        await venue.customers.kyc.dossiers.change(account.id, answers=answers)

    on_venue(terminal, answered)
    shown = terminal.type("customers", "show", "ann").output

    assert "\\x1b]0;mine\\x07\\n\\u202etxt" in shown
    assert not set("\x1b\x07\u202e") & set(shown)


def test_a_level_is_reviewed(terminal: Terminal) -> None:
    """Once; what was approved is at that level from then on."""
    (row,) = terminal.rows("customers", "review", "ann", "2", "approve")

    assert (row["level"], row["under_review"]) == (2, [])
    assert "not under review" in terminal.refused("customers", "review", "ann", "2", "reject")


def test_a_document_is_looked_at_and_asked_for_again(terminal: Terminal, tmp_path: Path) -> None:
    """It is written to a new file, as it was shown; nothing is overwritten."""
    file = tmp_path / "front.png"
    terminal.lines("customers", "document", "ann", "id_front", str(file))

    assert file.read_bytes() == picture()
    assert terminal.type("customers", "document", "ann", "id_front", str(file)).exit_code == 1
    assert "has shown no bank" in terminal.refused("customers", "document", "ann", "bank", str(tmp_path / "x"))
    (row,) = terminal.rows("customers", "reject-document", "ann", "selfie")
    assert "level 2 rejected" in row["reviews"] and any("selfie rejected" in each for each in row["documents"])


def test_how_a_customer_stands_is_set(terminal: Terminal) -> None:
    """Level, standing and VIP level; what makes no sense is refused."""
    (row,) = terminal.rows("customers", "set", "ann", "--level", "3", "--status", "suspended", "--vip", "2")

    assert (row["level"], row["status"], row["vip"]) == (3, "suspended", 2)
    assert "0 to 3" in terminal.refused("customers", "set", "ann", "--level", "4")
    assert "no customer" in terminal.refused("customers", "set", "bob", "--vip", "1")
    (row,) = terminal.rows("customers", "set", "ann", "--level", "0")
    assert row["level"] == 0


def test_a_suspension_holds_for_every_api(terminal: Terminal) -> None:
    """The ledger account may only cancel; it may do everything again once the customer is normal."""
    found: list[bool] = []

    async def look(venue: Venue) -> None:
        account = venue.accounts.by_name("ann")
        assert account is not None
        await venue.accounts.deposit(account.id, "BTC", 10)
        outcome = await venue.accounts.transfer(account.id, 1, "BTC", 1)
        found.append(outcome.reject is None)

    for status in ("suspended", "normal", "locked"):
        terminal.lines("customers", "set", "ann", "--status", status)
        on_venue(terminal, look)

    assert found == [False, True, False]


def test_messages_are_read_newest_first(terminal: Terminal) -> None:
    """With their codes; looking leaves an entry in the audit log, in which no code stands."""
    (message,) = terminal.rows("outbox")

    assert (message["channel"], message["to"]) == ("email", "ann@example.com")
    entries = terminal.rows("audit")
    assert any(entry["action"] == "outbox" for entry in entries)
    assert not any(message["body"] in str(entry) for entry in entries)


def test_a_lost_authenticator_is_forgotten(terminal: Terminal) -> None:
    """By the operator, who knows the customer."""

    async def bind(venue: Venue) -> None:
        import pyotp

        customer = venue.customers.by_username("ann")
        assert customer is not None
        offer = venue.customers.authenticators.offer(customer)
        code = pyotp.TOTP(offer.secret).at(SystemClock().now_ns() // 10**9)
        await venue.customers.authenticators.bind(customer.account, offer.secret, code, Asker("tests", None))

    on_venue(terminal, bind)
    assert terminal.rows("customers")[0]["authenticator"] is True
    assert terminal.rows("customers", "forget-authenticator", "ann")[0]["authenticator"] is False


def test_a_customer_is_erased_for_good(terminal: Terminal) -> None:
    """By name alone; what is left is a number, and nobody is called that any more."""
    (row,) = terminal.rows("customers", "erase", "ann")

    assert (row["status"], row["email"], row["authenticator"]) == ("deleted", "", False)
    assert [each["name"] for each in terminal.rows("customers")] == [row["name"]] == [f"erased {row['id']}"]
    assert terminal.rows("outbox") == []


def test_a_bank_account_that_was_believed_is_entered(terminal: Terminal) -> None:
    """Level 3 is passed with it; one at a bank that nobody knows is refused, and nothing is decided."""

    def claiming(code: str) -> Callable[[Venue], Awaitable[None]]:
        async def claim(venue: Venue) -> None:
            customer = venue.customers.by_username("ann")
            assert customer is not None
            kyc, bank = venue.customers.kyc, venue.fiat.terms.banks[0]
            await kyc.set_level(customer.account, 2)
            claimed = BankClaim(code=code or bank.code, branch=bank.branches[0].code, account="1531087300")
            await kyc.apply_level_3(customer.account, claimed, "", picture())

        return claim

    on_venue(terminal, claiming("999"))
    terminal.refused("customers", "review", "ann", "3", "approve")
    (rejected,) = terminal.rows("customers", "review", "ann", "3", "reject")
    on_venue(terminal, claiming(""))
    (row,) = terminal.rows("customers", "review", "ann", "3", "approve")
    (kept,) = terminal.rows("bank", "accounts", "ann")

    assert rejected["level"] == 2 and row["level"] == 3
    assert "1531087300" in str(kept) and "王小明" in str(kept)
