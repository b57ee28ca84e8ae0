"""The venue's own API: everything that the venue can do, in the house's own words."""
