"""The composition root: builds a venue with all its parts, starts them in order and stops them in the reverse order."""

from __future__ import annotations

from bedesten.bootstrap.sandboxes import Sandbox
from bedesten.bootstrap.serving import (
    CHOICES,
    Running,
    StartRefused,
    describe_core,
    dialect_answers,
    dialect_limits,
    make_dialects,
    offline_venue,
    open_store,
    running_venue,
    serve,
)
from bedesten.bootstrap.templates import Template
from bedesten.bootstrap.venue_files import IN_MEMORY, Start, choose_venue_file

__all__ = [
    "CHOICES",
    "IN_MEMORY",
    "Running",
    "Sandbox",
    "Start",
    "StartRefused",
    "Template",
    "choose_venue_file",
    "describe_core",
    "dialect_answers",
    "dialect_limits",
    "make_dialects",
    "offline_venue",
    "open_store",
    "running_venue",
    "serve",
]
