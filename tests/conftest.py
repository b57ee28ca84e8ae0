"""What every test runs under."""

from __future__ import annotations

from hypothesis import settings

# The same examples in every run: a failure in CI is a failure on the laptop. `--hypothesis-profile=wide` looks further.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("wide", deadline=None, max_examples=2_000)
settings.load_profile("steady")
