"""Customers, a module at a time."""
