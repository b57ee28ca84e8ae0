"""Accounts: who holds money, which belong together, and the keys that programs act for them with."""
