"""What clients send on all of BTSE's sockets and what every one of them answers: subscriptions, logins and pings."""

from __future__ import annotations

from typing import Annotated, Final, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta

from bedesten.dialects.bodies import Media
from bedesten.dialects.contract import Topic

T = TypeVar("T")


class Subscription(msgspec.Struct):
    """A request to follow topics, or to follow them no more."""

    op: Annotated[Literal["subscribe", "unsubscribe"], Meta(description="What is asked for")]
    args: Annotated[list[str], Meta(description="Names of the topics")]


class LoginRequest(msgspec.Struct):
    """A login with an API key that may read or trade."""

    op: Annotated[Literal["authKeyExpires", "login"], Meta(description="What is asked for")]
    args: Annotated[
        tuple[str, str, str],
        Meta(
            description="The key; a nonce, Unix time in milliseconds; and the signature: hex HMAC-SHA384, by the secret, of the "
            "socket's path and the nonce"
        ),
    ]


class Acknowledgement(msgspec.Struct):
    """Which topics were granted, or ended."""

    event: Annotated[Literal["subscribe", "unsubscribe"], Meta(description="What was asked for")]
    channel: Annotated[list[str], Meta(description="Names of the topics for which it was done")]


class LoginResult(msgspec.Struct):
    """The answer to a login. It comes once more, with false, when the key no longer holds."""

    event: Annotated[Literal["login"], Meta(description="What was asked for")]
    success: Annotated[bool, Meta(description="Whether the connection is logged in")]


class Message(msgspec.Struct, Generic[T]):
    """What a topic tells."""

    topic: Annotated[str, Meta(description="Name of the topic, as it was subscribed to")]
    data: Annotated[T, Meta(description="What it tells")]


PING: Final = Topic(
    name="ping",
    request=Media("text/plain", "ping"),
    ack=Media("text/plain", "pong"),
    summary="Keep the connection open",
)


def login(path: str, source: str) -> Topic:
    """Return the login of the socket at *path*."""
    return Topic(
        name="login", request=LoginRequest, ack=LoginResult, source=source,
        summary=f"Log in; the message that is signed is {path} and the nonce",
    )  # fmt: skip
