"""BTSE's OTC desk: the OTC API, its part of the public API, and the socket of quotes."""
