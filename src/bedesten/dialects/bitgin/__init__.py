"""The BITGIN broker API."""
