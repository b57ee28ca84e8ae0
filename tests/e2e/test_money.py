"""Money over the simulated chain on a real port: a deposit from the faucet, withdrawn to another customer, credited there."""

from __future__ import annotations

import time
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
import requests

from tests.e2e.process import CALL_S, Client, Server, serving

WAIT_S = 30  # a block of this venue takes one second, and the chains are looked at once a second
COIN = {"currency": "BTC", "network": "BITCOIN"}
ELSEWHERE = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo venue whose Bitcoin has quick blocks."""
    place = tmp_path_factory.mktemp("venue")
    text = resources.files("bedesten.venues").joinpath("demo.toml").read_text(encoding="utf-8")
    quick = text.replace("block_seconds = 10\n", "block_seconds = 1\n")
    assert quick != text
    (place / "venue.toml").write_text(quick, encoding="utf-8")
    with serving(place, "--demo", "--config", str(place / "venue.toml")) as running:
        yield running


def faucet(server: Server, to: str, **changes: Any) -> requests.Response:
    form = {"network": "Bitcoin", "asset": "BTC", "amount": "0.25", "address": to, **changes}
    return requests.post(f"{server.url}/demo/faucet", json=form, timeout=CALL_S)


def address_of(client: Client) -> str:
    """Return an address that the customer is paid at: a new one, or the one that was not used yet."""
    answer = client.send("POST", "/api/v3.2/user/wallet/address", body=COIN).json()
    return str(answer[0]["address"] if isinstance(answer, list) else answer["message"].removeprefix("BADREQUEST: "))


def bitcoin(client: Client) -> float:
    rows = client.call("GET", "/api/v3.2/user/wallet")
    return float(next(row["total"] for row in rows if row["currency"] == "BTC"))


def becomes(client: Client, wanted: float) -> None:
    """Wait until the customer has so much."""
    end = time.monotonic() + WAIT_S
    while (total := bitcoin(client)) != pytest.approx(wanted, abs=1e-9):
        assert time.monotonic() < end, f"has {total}, should have {wanted}"
        time.sleep(0.6)  # the wallet's rate limit is another test's


def test_a_deposit_from_the_faucet_is_withdrawn_to_another_customer(
    server: Server, trader1: Client, trader2: Client
) -> None:
    """Both movements with their confirmations, in both histories; the fee is gone, nothing else is."""
    first, second = bitcoin(trader1), bitcoin(trader2)
    mine, theirs = address_of(trader1), address_of(trader2)
    assert mine != theirs

    paid = faucet(server, mine)
    assert (paid.status_code, paid.json()["confirmations"], paid.json()["amount"]) == (200, 2, "0.25")
    becomes(trader1, first + 0.25)
    body = {"currency": "BTC-Bitcoin", "address": theirs, "tag": "", "amount": "0.25"}
    trader1.call("POST", "/api/v3.2/user/wallet/withdraw", body=body)
    becomes(trader2, second + 0.2495)
    becomes(trader1, first)

    sent = trader1.call("GET", "/api/v3.2/user/wallet_history", query="currency=BTC&count=10")
    came = trader2.call("GET", "/api/v3.2/user/wallet_history", query="currency=BTC&count=10")
    payment = next(row for row in sent if row["type"] == "Withdraw")
    assert next(row["txid"] for row in sent if row["type"] == "Deposit") == paid.json()["payment"]
    assert (payment["status"], payment["toAddress"]) == ("COMPLETED", theirs)
    assert next(row["txid"] for row in came if row["type"] == "Deposit") == payment["txid"]


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "nowhere"}, {"address": "x" * 300}, {"amount": "1000000000"}, {"amount": "0"}, {"amount": "-1"},
        {"amount": "1e-9"}, {"asset": "USD"}, {"network": "Nowhere"}, {"tag": "1"}, {"amount": 5}, {"amount": None},
    ],
)  # fmt: skip
def test_the_faucet_says_what_it_does_not_pay(server: Server, changes: dict[str, Any]) -> None:
    """No address, too much, nothing, too fine an amount, no such network: in a sentence."""
    answer = faucet(server, ELSEWHERE, **changes)

    assert answer.status_code == 400, answer.text
    assert set(answer.json()) == {"error", "message"}


def test_the_faucet_is_bounded(server: Server) -> None:
    """So many a minute from one address, and it says when to come back; whatever is no request is refused likewise."""
    broken = requests.post(f"{server.url}/demo/faucet", data=b"{", timeout=CALL_S)
    assert (broken.status_code, set(broken.json())) == (400, {"error", "message"})
    assert requests.get(f"{server.url}/demo/faucet", timeout=CALL_S).status_code == 405

    answers = [faucet(server, ELSEWHERE) for _ in range(31)]

    assert {answer.status_code for answer in answers} <= {200, 429}
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["retry-after"]) > 0


def test_only_a_demo_has_a_faucet_over_http(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Money from nowhere is the operator's otherwise."""
    place = tmp_path_factory.mktemp("plain")
    with serving(place, "--data", str(place / "data")) as plain:
        assert faucet(plain, ELSEWHERE).status_code == 404
