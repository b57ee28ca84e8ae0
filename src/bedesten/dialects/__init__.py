"""Dialects: each translates one venue's wire to our commands and our events back to its wire. None of them decides."""
