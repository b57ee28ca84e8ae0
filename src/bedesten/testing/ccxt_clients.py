"""ccxt clients that speak to one venue and to nobody else, blocking or asynchronous.

Owns where a client may send. ccxt's `set_sandbox_mode(True)` replaces a client's URLs by those of the real venue's testnet, and
whatever follows goes there, signed. Here every URL that a client knows is given the venue's address, that of the testnet too, and
whatever would leave for another host or through a proxy is refused before it is sent.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

Client = Any  # ccxt has no types of its own that hold for both forms

SOCKETS: Final = {"http": "ws", "https": "wss"}
PROXIES: Final = ("proxies", "aiohttp_proxy")  # older settings, which the two methods asked below know nothing of
MISSING: Final = "ccxt is not installed here, and a test asks for a client of it: pip install ccxt"


class LeftTheVenue(AssertionError):
    """A client was about to send to another host. No error of ccxt's, so that no bot takes it for a network's."""


def keep_on(client: Client, url: str, refused: Callable[[str], None] = lambda told: None) -> Client:
    """Give every URL of a ccxt client the venue's address, guard what it sends, and return it.

    refused: is told of each request that was refused. Raises: LeftTheVenue, for a URL that could not be given another address.
    """
    client.urls = _moved(client.urls, url)
    assert_stays_on(client, url)

    def guard(send: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(asked: str, *args: Any, **named: Any) -> Any:
            reason = _leaves(client, asked, url)
            if reason:
                refused(reason)
                raise LeftTheVenue(f"{reason}: nothing was sent")
            return send(asked, *args, **named)

        return guarded

    client.fetch = guard(client.fetch)
    if hasattr(client, "client"):  # the asynchronous form's way to a WebSocket
        client.client = guard(client.client)
    return client


def client_of(name: str, url: str, *, asynchronous: bool = False, **options: Any) -> Client:
    """Return a new ccxt client of an exchange, "btse" or "btcturk", that speaks to the venue at *url* alone.

    options: what ccxt's own constructor takes. Raises: LookupError without ccxt, or for an exchange that it does not know.
    """
    return keep_on(_made(name, asynchronous, options), url)


def assert_stays_on(client: Client, url: str) -> None:
    """Look at every URL that a client knows. Raises: LeftTheVenue, which names those of another host."""
    foreign = [f"{place} is {found}" for place, found in urls_of(client) if not _is_on(found, url)]
    if foreign:
        raise LeftTheVenue(f"not on {url}: " + ", ".join(foreign))


def urls_of(client: Client) -> Iterator[tuple[str, str]]:
    """Yield where each URL of a client stands, "urls.api.public", and the URL."""
    yield from _found("urls", client.urls)


class Clients:
    """The ccxt clients of one test: made for a venue, or a bot's own, and looked at when the test ends."""

    def __init__(self, url: str, key: str, secret: str) -> None:
        """Make clients of the venue at *url* that sign by a key."""
        self._url = url
        self._key = {"apiKey": key, "secret": secret}
        self._kept: list[Client] = []
        self._refused: list[str] = []

    def __call__(self, client: str | Client = "btse", *, asynchronous: bool = False, **options: Any) -> Client:
        """Return a client that speaks to the venue alone: a new one of an exchange by its name, or the one that was given.

        One that was given is changed where it stands; it gets the test's key, so that no other is ever sent. An asynchronous
        one is closed by whoever asked for it: `async with ccxt_client(asynchronous=True) as bot`.
        """
        made = _made(client, asynchronous, self._key | options) if isinstance(client, str) else client
        if not isinstance(client, str):
            made.apiKey, made.secret = self._key["apiKey"], self._key["secret"]
        self._kept.append(keep_on(made, self._url, self._refused.append))
        return made

    def complaints(self) -> list[str]:
        """Close what blocks, and return what was about to leave, whoever caught the error, and URLs that changed meanwhile."""
        wrong = [f"a ccxt client was stopped: {told}" for told in self._refused]
        for client in self._kept:
            try:
                assert_stays_on(client, self._url)
            except LeftTheVenue as error:
                wrong.append(f"a ccxt client has URLs {error}")
            if not hasattr(client, "client"):
                client.session.close()
        return wrong


def _made(name: str, asynchronous: bool, options: dict[str, Any]) -> Client:
    try:
        ccxt = importlib.import_module("ccxt.async_support" if asynchronous else "ccxt")
    except ModuleNotFoundError as error:
        raise LookupError(MISSING) from error
    if name not in ccxt.exchanges:
        raise LookupError(f"ccxt has no exchange {name!r}")
    return getattr(ccxt, name)(options)


def _leaves(client: Client, asked: str, url: str) -> str:
    """Return why a request would leave the venue, or ""."""
    if not _is_on(asked, url):
        return f"{asked} is not on {url}"
    used = [client.check_proxy_url_settings(asked), *client.check_proxy_settings(asked)]
    used += [getattr(client, name, None) for name in PROXIES]
    return f"{asked} would go through the proxy {next(filter(None, used))}" if any(used) else ""


def _is_on(asked: str, url: str) -> bool:
    parts, here = urlsplit(asked), urlsplit(url)
    return parts.netloc == here.netloc and parts.scheme in (here.scheme, SOCKETS[here.scheme])


def _moved(value: Any, url: str) -> Any:
    if isinstance(value, dict):
        return {name: _moved(each, url) for name, each in value.items()}
    if isinstance(value, list):
        return [_moved(each, url) for each in value]
    if not isinstance(value, str) or "://" not in value:
        return value
    parts, here = urlsplit(value), urlsplit(url)
    scheme = SOCKETS[here.scheme] if parts.scheme in SOCKETS.values() else here.scheme
    return urlunsplit((scheme, here.netloc, parts.path, parts.query, parts.fragment))


def _found(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict | list):
        for name, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _found(f"{place}.{name}", each)
    elif isinstance(value, str) and "://" in value:
        yield place, value
