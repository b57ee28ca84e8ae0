"""The command line: what a person types, and what is shown."""

from bedesten.cli.commands import main

__all__ = ["main"]
