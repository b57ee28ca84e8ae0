"""Money by bank, on the operator's word."""
