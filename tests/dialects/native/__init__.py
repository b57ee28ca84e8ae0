"""The venue's own API."""
