"""Money that comes over networks, and money that is converted."""
