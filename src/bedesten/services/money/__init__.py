"""Money that moves between accounts outside trades."""
