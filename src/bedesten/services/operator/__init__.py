"""What an operator may ask of a venue."""
