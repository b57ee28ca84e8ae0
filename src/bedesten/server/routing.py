"""The routing table: one dictionary from method and path to an endpoint, and a small second one for paths with parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from bedesten.dialects.contract import ANY_PATH, Dialect, Endpoint, Limit, SocketRoute

_NOTHING: Final[Mapping[str, str]] = {}


class Route:
    """An endpoint with everything its requests need, looked up once."""

    __slots__ = (
        "authenticate", "call", "decode", "dialect", "endpoint", "limit", "limit_name", "name", "permission",
    )  # fmt: skip

    def __init__(self, dialect: Dialect, endpoint: Endpoint) -> None:
        self.dialect = dialect
        self.endpoint = endpoint
        self.call = endpoint.call
        self.permission = endpoint.permission
        self.authenticate = dialect.authenticate
        self.decode = dialect.decode
        self.name = f"{endpoint.method} {endpoint.path}"
        self.limit: Limit | None = None
        self.limit_name = f"{dialect.name}/{endpoint.limit}"
        self.renew_limit()

    def renew_limit(self) -> None:
        """Take over what the dialect says now."""
        self.limit = self.dialect.limits[self.endpoint.limit] if self.endpoint.limit else None


class RoutingTable:
    """Every endpoint and socket of every dialect.

    Raises: ValueError when two claim the same method and path, KeyError when an endpoint names a limit its dialect lacks.
    """

    def __init__(self, dialects: Iterable[Dialect]) -> None:
        self._exact: dict[tuple[str, str], Route] = {}
        self.plain: dict[tuple[bytes, bytes], Route] = {}  # the same, by the bytes on the wire
        self._folded: dict[
            tuple[str, str], Route
        ] = {}  # those whose dialect ignores case, by their path in small letters
        self._patterns: dict[int, list[tuple[str, tuple[str, ...], Route]]] = {}  # by number of segments
        self._sockets: dict[str, tuple[Dialect, SocketRoute]] = {}
        self._dialects = tuple(dialects)
        for dialect in self._dialects:
            for endpoint in dialect.endpoints:
                self._add(Route(dialect, endpoint))
            for socket in dialect.sockets:
                if self._sockets.setdefault(socket.path, (dialect, socket)) != (dialect, socket):
                    raise ValueError(f"two sockets at {socket.path}")

    def renew_limits(self) -> None:
        """Let every route take over its dialect's limits."""
        for route in self._exact.values():
            route.renew_limit()
        for rows in self._patterns.values():
            for _, _, route in rows:
                route.renew_limit()

    def find(self, method: str, path: str) -> tuple[Route | None, Mapping[str, str]]:
        """Return the route of *method* and *path*, and its path parameters. HEAD finds GET, and a slash at the end is no matter.

        What was asked for stays as it was sent: clients sign the path that they send.
        """
        if method == "HEAD":
            method = "GET"
        found = self._find(method, path)
        return found if found[0] is not None or not _ends_in_slash(path) else self._find(method, path[:-1])

    def _find(self, method: str, path: str) -> tuple[Route | None, Mapping[str, str]]:
        route = self._exact.get((method, path)) or self._folded.get((method, path.lower()))
        if route is not None:
            return route, _NOTHING
        for wanted, template, candidate in self._candidates(path):
            if wanted == method:
                return candidate, _parameters(template, path)
        return None, _NOTHING

    def methods(self, path: str) -> tuple[str, ...]:
        """Return the methods that *path* knows, HEAD and OPTIONS included; none when it is unknown."""
        return self._methods(path) or (self._methods(path[:-1]) if _ends_in_slash(path) else ())

    def _methods(self, path: str) -> tuple[str, ...]:
        found = {method for method, known in self._exact if known == path}
        folded = path.lower()
        found.update(method for method, known in self._folded if known == folded)
        found.update(method for method, _, _ in self._candidates(path))
        if "GET" in found:
            found.add("HEAD")
        return tuple(sorted(found | {"OPTIONS"})) if found else ()

    def socket(self, path: str) -> tuple[Dialect, SocketRoute] | None:
        """Return who speaks at the WebSocket *path*: the one at exactly that path, or else the one that answers on any.

        A path below another dialect's is that dialect's to refuse.
        """
        found = self._sockets.get(path) or (self._sockets.get(path[:-1]) if _ends_in_slash(path) else None)
        anywhere = self._sockets.get(ANY_PATH)
        if found is not None or anywhere is None:
            return found
        is_taken = any(dialect is not anywhere[0] and dialect.owns(path) for dialect in self._dialects)
        return None if is_taken else anywhere

    def _add(self, route: Route) -> None:
        endpoint = route.endpoint
        if "{" not in endpoint.path:
            if self._exact.setdefault((endpoint.method, endpoint.path), route) is not route:
                raise ValueError(f"two endpoints at {route.name}")
            folded = (endpoint.method, endpoint.path.lower())
            if route.dialect.ignores_case and self._folded.setdefault(folded, route) is not route:
                raise ValueError(f"two endpoints at {route.name}, but for its case")
            self.plain[endpoint.method.encode(), endpoint.path.encode()] = route
            return
        template = tuple(endpoint.path.split("/"))
        rows = self._patterns.setdefault(len(template), [])
        ignores_case = route.dialect.ignores_case
        if any(method == endpoint.method and _same(template, other, ignores_case) for method, other, _ in rows):
            raise ValueError(f"two endpoints at {route.name}")
        rows.append((endpoint.method, template, route))

    def _candidates(self, path: str) -> list[tuple[str, tuple[str, ...], Route]]:
        segments = path.split("/")
        rows = self._patterns.get(len(segments))
        return [row for row in rows if _matches(row[1], segments, row[2].dialect.ignores_case)] if rows else []


def _ends_in_slash(path: str) -> bool:
    return len(path) > 1 and path.endswith("/") and not path.endswith("//")


def _is_parameter(part: str) -> bool:
    return part.startswith("{")


def _matches(template: tuple[str, ...], segments: list[str], ignores_case: bool) -> bool:
    return all(
        bool(segment) if _is_parameter(part) else part == segment or (ignores_case and part.lower() == segment.lower())
        for part, segment in zip(template, segments, strict=True)
    )


def _same(one: tuple[str, ...], other: tuple[str, ...], ignores_case: bool) -> bool:
    return all(
        a == b or (_is_parameter(a) and _is_parameter(b)) or (ignores_case and a.lower() == b.lower())
        for a, b in zip(one, other, strict=True)
    )


def _parameters(template: tuple[str, ...], path: str) -> dict[str, str]:
    parts = zip(template, path.split("/"), strict=True)
    return {part[1:-1]: segment for part, segment in parts if _is_parameter(part)}
