"""Venue files that ship with Bedesten."""
