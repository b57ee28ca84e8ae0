"""Idempotency: what a customer asks for under an id of their own is done once, and the ids that the log knows."""
