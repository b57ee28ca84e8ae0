"""Requests over the socket: rows of the contract table, called as over HTTP, by whoever is logged in.

Owns how much an account may ask in a second over all its sockets; over HTTP the server does that. Never decides anything itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import UnsetType

from bedesten.dialects.contract import Endpoint, Limit, Reply, Request, decode_params
from bedesten.dialects.native import who
from bedesten.dialects.native.errors import problem_of
from bedesten.dialects.native.stream.shapes import Ask
from bedesten.dialects.native.times import NS_PER_S
from bedesten.dialects.refusals import NotFound, RateLimited, Refusal, refusal_of
from bedesten.dialects.texts import check_texts
from bedesten.services import authority
from bedesten.services.errors import ServiceError

if TYPE_CHECKING:
    from bedesten.services.store_types import ApiKey
    from bedesten.services.venue import Venue

REPLAYED: Final = b"idempotent-replay"


class Requests:
    """The rows that may be asked on the socket, and who asks how much."""

    def __init__(self, rows: Sequence[Endpoint], base: str, limits: Callable[[], Mapping[str, Limit]]) -> None:
        self._base = base
        self._limits = limits
        self._rows = [(row, row.path.removeprefix(base).split("/")) for row in rows if row.by_socket]
        self._second = 0
        self._asked: Counter[tuple[int, str]] = Counter()  # in this second, by account and class of requests
        self._count = 0

    async def answer(self, venue: Venue, key: ApiKey, said: Ask, host: str, recheck: Callable[[], None]) -> bytes:
        """Return the answer to *said*, asked by *key*, as a message; *recheck* raises once that does not hold any more."""
        self._count += 1
        path, _, query = said.path.partition("?")
        headers = (
            ()
            if isinstance(said.idempotency_key, UnsetType)
            else ((b"idempotency-key", said.idempotency_key.encode()),)
        )
        body = b"" if isinstance(said.body, UnsetType) else bytes(said.body)
        request = Request(
            method=said.method, path=self._base + path, query_string=query.encode(), headers=headers, body=body,
            client_host=host, received_ns=venue.clock.now_ns(), request_id=f"socket-{self._count:x}",
        )  # fmt: skip
        request.key = key
        authority.act_on(recheck)
        try:
            reply = await self._called(venue, request, path, key)
        except (Refusal, ServiceError) as error:
            problem = problem_of(refusal_of(error) or error, request.request_id)
            reply = Reply(problem.status, msgspec.json.encode(problem))
        finally:
            authority.let_go()
        replay = any(name == REPLAYED for name, _ in reply.headers)
        id = "" if isinstance(said.id, UnsetType) else f',"id":{said.id}'
        head = f'{{"op":"answer","status":{reply.status},"replay":{"true" if replay else "false"},"body":'
        return head.encode() + reply.body + f"{id}}}".encode()

    async def _called(self, venue: Venue, request: Request, path: str, key: ApiKey) -> Reply:
        row, request.path_params = self._found(request.method, path)
        who.check_permission(key, row.permission)
        self._admit(key.account, row, request.received_ns)
        form = decode_params(row, request)
        check_texts(request, form)
        result: Any = await row.call(venue, request, form)
        return result if isinstance(result, Reply) else Reply(200, msgspec.json.encode(result))

    def _found(self, method: str, path: str) -> tuple[Endpoint, dict[str, str]]:
        parts = path.split("/")
        for row, names in self._rows:  # those without parameters stand before those with, or have another method
            if row.method != method or len(names) != len(parts):
                continue
            given = dict(zip(names, parts, strict=True))
            if all(name == part or name[:1] == "{" and part for name, part in given.items()):
                return row, {name.strip("{}"): part for name, part in given.items() if name[:1] == "{"}
        raise NotFound("no such request on the socket")

    def _admit(self, account: int, row: Endpoint, now_ns: int) -> None:
        second = now_ns // NS_PER_S
        if second != self._second:
            self._second = second
            self._asked.clear()
        most = min(window.requests * NS_PER_S // window.window_ns or 1 for window in self._limits()[row.limit].windows)
        self._asked[account, row.limit] += 1
        if self._asked[account, row.limit] > most:
            raise RateLimited("rate limit exceeded", 1, requests=most, window_ns=NS_PER_S)
