"""Every reason of a refusal, by what it is about: what the page of reasons shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bedesten.dialects.native.errors_customers import REASONS
from bedesten.dialects.native.reasons import CORE, SOCKET, TRANSPORT, Reason
from bedesten.dialects.native.wallet import errors as wallet

#: A name that stands twice is explained where it stands first.
FAMILIES: Final[Mapping[str, Sequence[Reason]]] = {
    "Any request": tuple(TRANSPORT.values()),
    "The socket": tuple(SOCKET.values()),
    "Orders": tuple(reason for reason in CORE.values() if reason.name not in TRANSPORT),
    "Customers, sessions and keys": REASONS,
    "Deposits and conversions": wallet.REASONS,
}
