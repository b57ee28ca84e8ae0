"""What a venue is told: settings of the process, and the venue file. A file becomes a description, a description commands."""

from bedesten.config.commands import setup_commands, under_newest_rules
from bedesten.config.described import Demo, DemoAccount, DemoPrice, FeeRates, RateLimit, VenueFile
from bedesten.config.objections import EVERY, Said, as_taken, notices, refuse_new, said_by
from bedesten.config.settings import IN_MEMORY, ConfigError, Settings
from bedesten.config.venue_file import (
    TIERS_MAX,
    demo_venue_file,
    demo_venue_text,
    load_venue_file,
    load_venue_text,
    parse_venue_file,
    read_venue_text,
)

__all__ = [
    "EVERY",
    "IN_MEMORY",
    "TIERS_MAX",
    "ConfigError",
    "Demo",
    "DemoAccount",
    "DemoPrice",
    "FeeRates",
    "RateLimit",
    "Said",
    "Settings",
    "VenueFile",
    "as_taken",
    "demo_venue_file",
    "demo_venue_text",
    "load_venue_file",
    "load_venue_text",
    "notices",
    "parse_venue_file",
    "read_venue_text",
    "refuse_new",
    "said_by",
    "setup_commands",
    "under_newest_rules",
]
