"""What BtcTurk's clients speak: REST, the graph host, and the WebSocket feed. Translates; never decides."""
