"""What the faucet and the outbox of a demo venue take and answer. Amounts are decimals as texts."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta


class FaucetForm(msgspec.Struct):
    """POST /demo/faucet."""

    network: Annotated[str, Meta(description="The simulated network")]
    asset: Annotated[str, Meta(description="The asset's code")]
    amount: Annotated[str, Meta(description="How much, a decimal above zero, in the asset")]
    address: Annotated[str, Meta(description="The address that is paid")]
    tag: Annotated[str, Meta(description="The tag beside it, where the network has tags")] = ""


class FaucetPayment(msgspec.Struct):
    """A payment on its way."""

    payment: Annotated[str, Meta(description="Its id on the network")]
    network: Annotated[str, Meta(description="The simulated network")]
    asset: Annotated[str, Meta(description="The asset's code")]
    amount: Annotated[str, Meta(description="How much, a decimal, in the asset")]
    address: Annotated[str, Meta(description="The address that is paid")]
    tag: Annotated[str, Meta(description="The tag beside it")]
    block: Annotated[int, Meta(description="The height of the block that holds it")]
    confirmations: Annotated[int, Meta(description="How many blocks have to confirm it before it is credited")]


class SentMessage(msgspec.Struct):
    """A message to a customer, or the answer of a captcha."""

    number: Annotated[int, Meta(description="Its number")]
    time_ns: Annotated[int, Meta(description="When it was written, nanoseconds of Unix time")]
    channel: Annotated[str, Meta(description="How it goes: by e-mail, by text message, or a captcha")]
    to: Annotated[str, Meta(description="Where it goes")]
    subject: Annotated[str, Meta(description="Its subject")]
    body: Annotated[str, Meta(description="Its text")]


class DemoRefusal(msgspec.Struct):
    """A refusal."""

    error: Annotated[str, Meta(description="What kind of refusal it is")]
    message: Annotated[str, Meta(description="Why, in a sentence")]
