"""Holds: what is held besides orders, and what goes on only when its customer confirms it."""
