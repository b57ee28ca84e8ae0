"""The customers at work: one thread and one connection each, a request, its answer, the next, until the server is gone.

Never decides what is right: it notes what was asked before asking, and what was answered, in the books.
"""

from __future__ import annotations

import random
import threading
from decimal import Decimal
from typing import Final

from bedesten.chain.addresses import derive
from bedesten.domain.networks import AddressFormat
from tests.torture.books import Account, Breach, Call, Matter, Order
from tests.torture.matters import STEPS, Clerk
from tests.torture.stage import TRADERS
from tests.torture.wires import GONE

MIDDLE: Final = 40_000  # where orders meet: even traders buy there, odd ones sell, so that nobody meets himself
FAR: Final = {"BUY": 20_000, "SELL": 60_000}  # where they rest
OPEN_MAX: Final = 25  # beyond it a trader takes orders back
AWAY: Final = derive(b"somebody else", AddressFormat.BITCOIN, 1)
MATTERS_MAX: Final = 4  # that one customer leaves waiting
LEAST: Final = 2_000  # minor units of TWD that are held for a matter, above the fee of a withdrawal
OTC: Final = "/otc/api/v1"
WALLET: Final = "/spot/api/v3.2/user/wallet"
ORDER: Final = "/spot/api/v3.3/order"
CALLS: Final = ("transfer", "convert", "withdraw", "accept", "family", "bank_deposit")  # the kinds that carry an id
FAMILY: Final = "/futures/api/v2.3/subaccount/wallet/transfer"


class Trader(threading.Thread):
    """A customer at work. *breach*: what he was told that cannot be."""

    def __init__(self, clerk: Clerk, account: Account, name: str) -> None:
        super().__init__(daemon=True)
        self.clerk = clerk
        self.wire = clerk.wire
        self.account = account
        self.peers = clerk.peers
        self.round = name
        self.dice = random.Random(name + clerk.customer.name)
        self.count = 0
        self.asked = 0
        self.halt = threading.Event()
        self.breach: BaseException | None = None

    def run(self) -> None:
        work = (
            self.rest, self.cross, self.cancel, self.transfer, self.convert, self.otc, self.withdraw, self.look,
            self.family, self.bank_deposit, self.matter,
        )  # fmt: skip
        weights = (25, 25, 15, 8, 7, 7, 5, 3, 7, 5, 25)
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
        if self.dice.random() < 0.3:
            return self.place_at_btcturk(order)
        status, rows = self.wire.call("POST", ORDER, body=body)
        if status != 200:
            raise Breach(f"{body} was refused: {rows}")
        return order.take(rows[0])

    def place_at_btcturk(self, order: Order) -> None:
        """Place it by another venue's API; it has the same id of the client's at each."""
        body = {
            "quantity": str(order.size), "price": str(order.price), "orderMethod": "limit", "orderType": order.side.lower(),
            "pairSymbol": "BTCUSD", "newOrderClientId": order.client_id,
        }  # fmt: skip
        status, answer = self.wire.btcturk("POST", "/api/v1/order", body)
        if status != 200 or not answer["success"]:
            raise Breach(f"{body} was refused: {answer}")
        order.is_known = True
        status, row = self.wire.call("GET", ORDER, f"clOrderID={order.client_id}")
        if status != 200:
            raise Breach(f"{order} was acknowledged and is not found: {row}")
        order.take(row)

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

    def family(self) -> None:
        """Move two assets to the sub-account: both, or none."""
        names = [self.clerk.customer.name, f"{self.clerk.customer.name}-sub"]
        lines = [
            {"currency": asset, "allBalance": False, "balance": str(Decimal(self.dice.randint(1, 500)) / 100)}
            for asset in ("USD", "ETH")
        ]
        body = {
            "walletSrcType": "SPOT", "walletDestType": "SPOT", "fromUser": names[0], "receiver": names[1],
            "apiWallets": lines, "clOrderID": self.next_id(),
        }  # fmt: skip
        self.ask(Call("family", str(body["clOrderID"]), body, to=TRADERS + self.account.at))

    def bank_deposit(self) -> None:
        """Let the operator credit what arrived at the bank, under the bank's reference."""
        amount, reference = Decimal(self.dice.randint(1, 5_000)) / 100, self.next_id()
        body = {"to": self.clerk.customer.name, "amount": str(amount), "reference": reference}
        self.ask(Call("bank_deposit", reference, body, "TWD", amount))

    def matter(self) -> None:
        """Begin a transfer by e-mail or a withdrawal by bank, or take the next step of one."""
        waiting = [matter for matter in self.account.matters if not matter.is_over]
        fresh = [matter for matter in waiting if matter.at == 1]  # the code of the newest e-mail is theirs
        if not fresh and len(waiting) < self.dice.randint(1, MATTERS_MAX):
            fresh = [self.new_matter()]
            self.account.matters += fresh
        self.clerk.take(self.dice.choice(fresh or waiting))

    def new_matter(self) -> Matter:
        account = self.account
        kind, wish = self.dice.choice(list(STEPS))
        account.matters_begun += 1
        units = LEAST + TRADERS * account.matters_begun + account.at
        to = self.dice.choice([at for at in range(TRADERS) if at != account.at])
        return Matter(kind, wish, units, self.next_id(), to)

    def ask(self, call: Call) -> None:
        self.account.calls.append(call)
        submit(self.clerk, call)

    def look(self) -> None:
        status, rows = self.wire.call("GET", "/spot/api/v3.3/user/trade_history", "symbol=BTC-USD&count=50")
        if status != 200:
            raise Breach(f"no history: {rows}")


def submit(clerk: Clerk, call: Call) -> None:
    """Ask for a call, or ask again, and note what was answered."""
    if call.kind == "accept":
        _, answer = clerk.wire.call("POST", f"{OTC}/accept/{call.id}")
        if answer["status"] == 30007:
            call.told(answer)
        elif call.is_done or answer["status"] != 40003:
            raise Breach(f"acceptance of {call.id}, settled: {call.is_done}, is answered {answer}")
        else:
            call.is_done = False  # open quotes live in memory: this one is gone for good
        return
    if call.kind == "bank_deposit":
        call.told(clerk.operator.ask("bank_deposit", **call.body)[0])
        return
    path = FAMILY if call.kind == "family" else f"{WALLET}/{call.kind}"
    status, answer = clerk.wire.call("POST", path, body=call.body)
    if status != 200:
        raise Breach(f"{call.kind} {call.body} was refused: {answer}")
    call.told({name: value for name, value in answer.items() if name != "time"})
