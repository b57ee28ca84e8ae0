"""The customers at work: one thread and one connection each, a request, its answer, the next, until the server is gone.

Never decides what is right: it notes what was asked before asking, and what was answered, in the books.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
from decimal import Decimal
from typing import Any, Final

from bedesten.chain.addresses import derive
from bedesten.domain.networks import AddressFormat
from tests.torture.books import Account, Breach, Call, Order
from tests.torture.stage import SECRET, Customer

CALL_S: Final = 20
MIDDLE: Final = 40_000  # where orders meet: even traders buy there, odd ones sell, so that nobody meets himself
FAR: Final = {"BUY": 20_000, "SELL": 60_000}  # where they rest
OPEN_MAX: Final = 25  # beyond it a trader takes orders back
AWAY: Final = derive(b"somebody else", AddressFormat.BITCOIN, 1)
GONE: Final = (OSError, http.client.HTTPException)  # the server was killed; what was asked stays unanswered
OTC: Final = "/otc/api/v1"
WALLET: Final = "/spot/api/v3.2/user/wallet"
ORDER: Final = "/spot/api/v3.3/order"


class Wire:
    """One signed connection."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_S)
        self._key = key

    def call(self, method: str, path: str, query: str = "", body: Any = None) -> tuple[int, Any]:
        """Return status and JSON. Raises: GONE."""
        nonce, text = str(int(time.time() * 1000)), "" if body is None else json.dumps(body)
        signed = path[path.index("/api") :] + nonce + text
        headers = {
            "request-api": self._key, "request-nonce": nonce, "content-type": "application/json",
            "request-sign": hmac.new(SECRET.encode(), signed.encode(), hashlib.sha384).hexdigest(),
        }  # fmt: skip
        self._connection.request(method, path + (f"?{query}" if query else ""), text or None, headers)
        response = self._connection.getresponse()
        answer = json.loads(response.read(), parse_float=Decimal)
        if response.status >= 500:
            raise Breach(f"{method} {path}: {response.status} {answer}")
        return response.status, answer

    def close(self) -> None:
        self._connection.close()


class Trader(threading.Thread):
    """A customer at work. *breach*: what he was told that cannot be."""

    def __init__(self, port: int, customer: Customer, account: Account, peers: list[Customer], name: str) -> None:
        super().__init__(daemon=True)
        self.wire = Wire(port, customer.key)
        self.account = account
        self.peers = peers
        self.round = name
        self.dice = random.Random(name + customer.name)
        self.count = 0
        self.asked = 0
        self.halt = threading.Event()
        self.breach: BaseException | None = None

    def run(self) -> None:
        work = (self.rest, self.cross, self.cancel, self.transfer, self.convert, self.otc, self.withdraw, self.look)
        weights = (30, 30, 15, 9, 8, 8, 5, 3)
        try:
            while not self.halt.is_set():
                crowded = len(self.account.orders) > OPEN_MAX
                (self.cancel if crowded else self.dice.choices(work, weights)[0])()
                self.asked += 1
        except GONE:
            pass
        except BaseException as error:  # noqa: BLE001  told by the main thread
            self.breach = error
        finally:
            self.wire.close()

    def next_id(self) -> str:
        self.count += 1
        return f"t{self.account.at}-{self.round}-{self.count}"

    def rest(self) -> None:
        side = self.dice.choice(("BUY", "SELL"))
        self.place(side, FAR[side])

    def cross(self) -> None:
        self.place("SELL" if self.account.at % 2 else "BUY", MIDDLE)

    def place(self, side: str, price: int) -> None:
        size = Decimal(self.dice.randint(1, 20)) / 1000
        order = Order(self.next_id(), "BTC-USD", side, price, size)
        self.account.orders[order.client_id] = order
        body = {
            "symbol": order.symbol, "side": side, "type": "LIMIT", "price": price, "size": float(size),
            "time_in_force": "GTC", "clOrderID": order.client_id,
        }  # fmt: skip
        status, rows = self.wire.call("POST", ORDER, body=body)
        if status != 200:
            raise Breach(f"{body} was refused: {rows}")
        order.take(rows[0])

    def cancel(self) -> None:
        known = [order for order in self.account.orders.values() if order.is_known and not order.has_ended]
        if not known:
            return self.cross()
        order = self.dice.choice(known)
        status, rows = self.wire.call("DELETE", ORDER, f"symbol={order.symbol}&clOrderID={order.client_id}")
        if status == 200 and rows and rows[0]["status"] == 6:
            order.take(rows[0])
            order.is_canceled = True
        return None  # otherwise it had traded meanwhile

    def transfer(self) -> None:
        to = self.dice.choice([at for at in range(len(self.peers)) if at != self.account.at])
        asset, amount = self.dice.choice(("USD", "BTC", "ETH")), Decimal(self.dice.randint(1, 500)) / 100
        body = {
            "amount": str(amount), "asset": asset, "toUser": self.peers[to].name, "toUserMail": self.peers[to].email,
            "clOrderID": self.next_id(),
        }  # fmt: skip
        self.ask(Call("transfer", body["clOrderID"], body, asset, amount, to))

    def convert(self) -> None:
        assets = self.dice.choice((("USD", "ETH"), ("ETH", "USD")))
        amount = Decimal(self.dice.randint(100, 5_000)) / (10 if assets[0] == "USD" else 1_000)
        body = {"amount": str(amount), "fromAsset": assets[0], "toAsset": assets[1], "clOrderID": self.next_id()}
        self.ask(Call("convert", body["clOrderID"], body, assets[0], amount))

    def withdraw(self) -> None:
        amount = Decimal(self.dice.randint(1, 20)) / 1000
        body = {
            "currency": "BTC-Bitcoin",
            "address": AWAY,
            "tag": "",
            "amount": str(amount),
            "clOrderID": self.next_id(),
        }
        self.ask(Call("withdraw", body["clOrderID"], body, "BTC", amount))

    def otc(self) -> None:
        body = {
            "baseCurrency": "ETH", "orderCurrency": "USD", "side": self.dice.choice(("buy", "sell")),
            "orderSizeInBaseCurrency": self.dice.randint(1, 100) / 100, "orderAmountInOrderCurrency": 0,
        }  # fmt: skip
        status, quote = self.wire.call("POST", f"{OTC}/quote", body=body)
        if status != 200 or quote["status"] != 30001:
            raise Breach(f"{body} was not quoted: {quote}")
        self.ask(Call("accept", quote["quoteId"], body, "buy" if body["side"] == "buy" else "sell"))

    def ask(self, call: Call) -> None:
        self.account.calls.append(call)
        submit(self.wire, call)

    def look(self) -> None:
        status, rows = self.wire.call("GET", "/spot/api/v3.3/user/trade_history", "symbol=BTC-USD&count=50")
        if status != 200:
            raise Breach(f"no history: {rows}")


def submit(wire: Wire, call: Call) -> None:
    """Ask for a call, or ask again, and note what was answered."""
    if call.kind == "accept":
        _, answer = wire.call("POST", f"{OTC}/accept/{call.id}")
        if answer["status"] == 30007:
            call.told(answer)
        elif call.is_done or answer["status"] != 40003:
            raise Breach(f"acceptance of {call.id}, settled: {call.is_done}, is answered {answer}")
        else:
            call.is_done = False  # open quotes live in memory: this one is gone for good
        return
    status, answer = wire.call("POST", f"{WALLET}/{call.kind}", body=call.body)
    if status != 200:
        raise Breach(f"{call.kind} {call.body} was refused: {answer}")
    call.told(answer)
