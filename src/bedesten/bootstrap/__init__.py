"""The composition root: builds a venue from the lists of dialects and of parts, starts it, and stops it."""

from __future__ import annotations

from bedesten.bootstrap.checks import StartRefused
from bedesten.bootstrap.dialects import CHOICES, dialect_answers, dialect_limits, make_dialects
from bedesten.bootstrap.driver import with_scenario
from bedesten.bootstrap.host import Host
from bedesten.bootstrap.lives import live
from bedesten.bootstrap.running import Running
from bedesten.bootstrap.sandboxes import Sandbox
from bedesten.bootstrap.serving import offline_venue, serve
from bedesten.bootstrap.stores import open_store
from bedesten.bootstrap.templates import Template
from bedesten.bootstrap.venue import running_venue
from bedesten.bootstrap.venue_files import Start, choose_venue_file
from bedesten.config import IN_MEMORY

__all__ = [
    "CHOICES",
    "IN_MEMORY",
    "Host",
    "Running",
    "Sandbox",
    "Start",
    "StartRefused",
    "Template",
    "choose_venue_file",
    "dialect_answers",
    "dialect_limits",
    "live",
    "make_dialects",
    "offline_venue",
    "open_store",
    "running_venue",
    "serve",
    "with_scenario",
]
