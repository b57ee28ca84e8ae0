"""Scenarios that ship with Bedesten: what may befall a sandbox, as TOML."""
