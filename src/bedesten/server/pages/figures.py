"""Pages about the venue's state: alive, ready, and its metrics. Failures and metrics are shown to permitted addresses only."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bedesten.server.health import Health
from bedesten.server.metrics import CONTENT_TYPE
from bedesten.server.pages.replies import json_reply

MayRead = Callable[[str, int, Iterable[tuple[bytes, bytes]]], bool]


class FiguresPages:
    """The three pages that an operator's machines ask for again and again."""

    def __init__(self, health: Health, metrics: Callable[[], bytes] | None, may_read: MayRead) -> None:
        self._health = health
        self._metrics = metrics
        self._may_read = may_read

    def routes(self) -> list[Route]:
        """Return where they are."""
        shown = {"/healthz": self._alive, "/readyz": self._ready, "/metrics": self._show}
        return [Route(path, show, methods=["GET"]) for path, show in shown.items()]

    async def _alive(self, request: Request) -> Response:
        return json_reply(b'{"status":"ok"}')  # a process that answers is alive

    async def _ready(self, request: Request) -> Response:
        is_well, checks = self._health.report()
        if not self._is_reader(request):
            checks = {name: word if word == "ok" else "failing" for name, word in checks.items()}
        body = {"status": "ok" if is_well else "failing", "checks": checks}
        return json_reply(msgspec.json.encode(body), status=200 if is_well else 503)

    async def _show(self, request: Request) -> Response:
        if not self._is_reader(request):
            refused = {"error": "Forbidden", "message": "figures are for the operator's own machines"}
            return json_reply(msgspec.json.encode(refused), status=403)
        if self._metrics is None:
            return json_reply(b'{"error":"NotFound","message":"no figures are kept"}', status=404)
        return json_reply(self._metrics(), media_type=CONTENT_TYPE)

    def _is_reader(self, request: Request) -> bool:
        host, port = request.client or ("", 0)
        return self._may_read(host, port, request.headers.raw)
