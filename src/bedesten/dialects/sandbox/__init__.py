"""The sandbox's own API, assembled only with --sandbox: its clock, outcomes, faults, accounts and markets over HTTP."""
