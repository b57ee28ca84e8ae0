"""The OTC desk: firm quotes, settled against the desk's own account."""
