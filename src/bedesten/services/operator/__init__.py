"""What an operator may ask of a venue, and the log of it."""
