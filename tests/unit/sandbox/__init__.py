"""The sandbox: its clock, its settling, its stage."""
