"""The house's own endpoints: what no venue's API has."""
