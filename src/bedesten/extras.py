"""The extras of the package: which part of a venue needs which, and how to get one that is missing.

Source: `[project.optional-dependencies]` in pyproject.toml; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from typing import Final

#: The modules that an extra brings, by the extra; those of the extras it builds on are left out.
MODULES: Final[Mapping[str, Sequence[str]]] = {
    "server": (
        "uvicorn", "uvloop", "httptools", "websockets", "starlette", "sqlalchemy", "alembic", "cryptography", "jwt", "click",
        "rich", "prometheus_client", "tomlkit",
    ),
    "lab": ("numpy",),
    "wallets": ("Crypto",),
    "customers": ("argon2", "pyotp", "captcha", "phonenumbers", "python_multipart", "ua_parser"),
}  # fmt: skip

#: What each extra makes possible, as the end of "... needs the extra".
PURPOSES: Final[Mapping[str, str]] = {
    "server": "the bedesten command",
    "lab": "the demo's simulated market",
    "wallets": "a venue whose file lists networks",
    "customers": "BITGIN's API, which people sign up with,",
}


def missing(extra: str) -> list[str]:
    """Return the modules of an extra that are not installed."""
    return [name for name in MODULES[extra] if find_spec(name) is None]


def remedy(extra: str) -> str:
    """Return a sentence that says what an extra is needed for and how to install it."""
    return f"{PURPOSES[extra]} needs the extra {extra}: pip install 'bedesten[{extra}]'"


def of_module(name: str) -> str | None:
    """Return the extra that brings a module; None for one that no extra brings."""
    root = name.partition(".")[0]
    return next((extra for extra, modules in MODULES.items() if root in modules), None)
