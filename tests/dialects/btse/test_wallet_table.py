"""The wallet's rows against the documents: what exists in which version, with which permission; and that the examples work on the
demo venue as they stand."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from tests.dialects.btse.stand import SECOND, START_NS, Client, Stand

from bedesten.chain.simulated import SimulatedChain
from bedesten.clock import ManualClock
from bedesten.config import demo_venue_file, setup_commands
from bedesten.dialects.btse.dialect import BtseDialect
from bedesten.dialects.contract import Endpoint
from bedesten.server.app import App
from bedesten.services.instruments import Catalogue
from bedesten.services.sequencing.sequencer import Sequencer
from bedesten.services.store_types import Permission
from bedesten.services.venue import open_venue
from bedesten.simulation.demo import Demo
from bedesten.storage.memory import open_memory

P = Permission

#: BTSE wallet API v1.1.0 and its changes since: call, versions it is documented for, permission, parameters that are mandatory.
DOCUMENTED: Final[list[tuple[str, str, Permission | None, set[str]]]] = [
    ("GET availableCurrencyNetworks", "v3.2", None, {"currency"}),
    ("GET exchangeRate", "v3.2", None, {"srcCurrency", "targetCurrency"}),
    ("GET availableCurrencies", "v3.2", None, {"action"}),
    ("GET user/wallet", "v3.2", P.READ, set()),
    ("GET user/wallet_history", "v3.2", P.READ, set()),
    ("POST user/wallet/address", "v3.2 v3.3", P.WALLET, {"currency"}),
    ("GET user/wallet/address", "v3.2 v3.3", P.WALLET, {"currency"}),
    ("DELETE user/wallet/address", "v3.2 v3.3", P.WALLET, {"currency", "address"}),
    ("POST user/wallet/withdraw", "v3.2 v3.3", P.WITHDRAW, {"currency", "address", "amount"}),
    ("POST user/wallet/convert", "v3.2", P.WALLET, {"amount", "fromAsset", "toAsset"}),
    ("POST user/wallet/transfer", "v3.2 v3.3", P.TRANSFER | P.WALLET, {"amount", "asset", "toUser", "toUserMail"}),
    ("GET subaccount/wallet/history", "v3.2", P.READ, set()),
]
#: BTSE public API, Wallet.
PUBLIC: Final[list[tuple[str, Permission | None, set[str]]]] = [
    ("GET crypto/list", None, set()),
    ("GET crypto/networks", None, {"crypto"}),
    ("GET assets/exchangeRate", None, {"baseCurrency", "amount", "quoteCurrency"}),
    ("GET assets", P.READ, set()),
    ("GET user/assets", P.READ, set()),
    ("GET user/walletHistory", P.READ, set()),
    ("GET user/crypto/address", P.WALLET, {"network"}),
    ("POST user/crypto/address", P.WALLET, {"network"}),
    ("DELETE user/crypto/address", P.WALLET, {"network", "address"}),
    ("POST user/crypto/withdraw", P.WITHDRAW, {"crypto", "network", "address", "amount"}),
    ("POST user/assets/sendTo", P.TRANSFER | P.WALLET, {"asset", "amount", "toUser", "toUserMail"}),
    ("POST user/assets/convert", P.WALLET, {"fromAsset", "toAsset", "amount"}),
]
TABLE: Final = {f"{row.method} {row.path}": row for row in BtseDialect().endpoints}


def mandatory(endpoint: Endpoint) -> set[str]:
    """Return the parameters without a default."""
    fields = msgspec.structs.fields(endpoint.request) if endpoint.request else ()
    return {field.name for field in fields if field.required}


@pytest.mark.parametrize(("call", "versions", "permission", "required"), DOCUMENTED, ids=[row[0] for row in DOCUMENTED])
def test_every_documented_call_is_in_the_table(
    call: str, versions: str, permission: Permission | None, required: set[str]
) -> None:
    """In each documented version, with its permission, asking for no more than the documents do."""
    method, _, path = call.partition(" ")
    for version in versions.split():
        row = TABLE[f"{method} /spot/api/{version}/{path}"]
        assert row.permission == permission
        assert row.limit == "wallet"
        assert mandatory(row) == required


@pytest.mark.parametrize(("call", "permission", "required"), PUBLIC, ids=[row[0] for row in PUBLIC])
def test_every_call_of_the_public_wallet_is_in_the_table(
    call: str, permission: Permission | None, required: set[str]
) -> None:
    """What is private has the wallet's limit, what is public the market data's."""
    method, _, path = call.partition(" ")
    row = TABLE[f"{method} /public-api/wallet/v1/{path}"]

    assert row.permission == permission
    assert row.limit == ("wallet" if permission else "market")
    assert mandatory(row) == required


async def demo() -> tuple[Stand, Client]:
    """Return the demo venue behind its server, and its first account's client."""
    file, clock, store = demo_venue_file(), ManualClock(START_NS), open_memory()

    def chain(sequencer: Sequencer) -> SimulatedChain:
        return SimulatedChain(sequencer, clock, file.networks, b"tests")

    catalogue = Catalogue(file.assets, file.instruments, networks=file.networks)
    venue = open_venue(store, clock, catalogue, chain=chain, otc=file.otc, convert=file.convert)
    for command in setup_commands(file):
        await venue.sequencer.submit(command)
    await Demo(venue, file, 1).prepare()
    stand = Stand(venue, clock, App(venue, [BtseDialect()]))
    known = file.demo.accounts[0]
    return stand, Client(stand, known.api_key, known.api_secret)


def is_wallet(endpoint: Endpoint) -> bool:
    return endpoint.group.startswith("Wallet") and "v3.1" not in endpoint.path


async def test_the_examples_work_on_the_demo_venue() -> None:
    """Tried in turn, as a person would: the second address is told as the unused one, and what to forget is filled in by hand."""
    stand, trader = await demo()
    asked = {f"{row.method} {row.path}": row for row in TABLE.values() if is_wallet(row)}
    answers: dict[str, tuple[int, Any]] = {}
    for name, row in asked.items():
        stand.clock.advance(SECOND)
        sends_body = row.reads == "body"
        body, query = (dict(row.example), {}) if sends_body else (None, dict(row.example))
        answer = await trader.call(row.method, row.path, body, **query)
        answers[name] = (answer.status, answer.json)
    await stand.venue.sequencer.stop()

    refused = {name: told for name, (status, told) in answers.items() if status != 200}
    unused = [told for name, told in refused.items() if name.startswith("POST") and name.endswith("/address")]
    assert len(unused) == 2
    assert {told.get("errorCode") or told["code"] for told in unused} == {3528}
    assert {name for name in refused if not name.startswith("POST")} == {
        name for name in asked if name.startswith("DELETE")
    }
    assert len(refused) == 5
