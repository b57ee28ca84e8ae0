"""The wire: HTTP and WebSocket in front of the dialects. Moves bytes, keeps bounds; knows no venue and no money."""
