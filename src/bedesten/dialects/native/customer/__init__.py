"""Customers: signing up, passwords, the authenticator, and what they may see of themselves."""
