"""What a venue is told: settings of the process, and the venue file. A file becomes a description, a description commands."""

from bedesten.config.coarse import EVERY, coarse_instruments
from bedesten.config.commands import setup_commands, under_newest_rules
from bedesten.config.described import Demo, DemoAccount, DemoPrice, FeeRates, RateLimit, VenueFile
from bedesten.config.settings import ConfigError, Settings
from bedesten.config.venue_file import (
    TIERS_MAX,
    demo_venue_file,
    demo_venue_text,
    load_venue_file,
    load_venue_text,
    parse_venue_file,
)

__all__ = [
    "EVERY",
    "TIERS_MAX",
    "ConfigError",
    "Demo",
    "DemoAccount",
    "DemoPrice",
    "FeeRates",
    "RateLimit",
    "Settings",
    "VenueFile",
    "coarse_instruments",
    "demo_venue_file",
    "demo_venue_text",
    "load_venue_file",
    "load_venue_text",
    "parse_venue_file",
    "setup_commands",
    "under_newest_rules",
]
