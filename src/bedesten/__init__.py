"""Bedesten: a self-hosted crypto exchange that speaks the public APIs of real venues."""

__version__ = "0.2.0"
