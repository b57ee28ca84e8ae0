"""Use cases of the exchange: what a dialect, the simulation or the command line may ask of it."""
