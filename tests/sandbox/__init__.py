"""The sandbox as its users see it: one run from one seed, templates, fixtures, outcomes, faults."""
