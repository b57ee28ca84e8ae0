"""The base of what clients send: a form, which parameters.py fills."""

from __future__ import annotations

import msgspec


class Form(msgspec.Struct, kw_only=True):
    """Parameters of a query, a body, or both."""
