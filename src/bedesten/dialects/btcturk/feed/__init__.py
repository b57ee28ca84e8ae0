"""The WebSocket feed, and its bodies over HTTP."""
