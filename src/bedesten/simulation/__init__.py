"""The living book of a demo venue: reference prices, a past, market makers and noise traders."""
