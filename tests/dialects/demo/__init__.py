"""The BITGIN dialect over a venue in memory."""
