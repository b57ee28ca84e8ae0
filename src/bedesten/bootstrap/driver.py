"""What the driver of a sandbox gets: the means to steer the venue, and endpoints for it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

from bedesten.bootstrap import demo
from bedesten.bootstrap.running import Running
from bedesten.bootstrap.sandboxes import NoSandbox, open_sandbox
from bedesten.config import Settings
from bedesten.config.profiles import PROFILES, path_of, scenario_text
from bedesten.services.sandbox.controls import Driven
from bedesten.services.sandbox.refusals import SandboxRefused
from bedesten.services.sandbox.scenarios import read_scenario


@contextlib.asynccontextmanager
async def run(running: Running) -> AsyncIterator[None]:
    """Put the sandbox around the venue, for its driver and for the wire."""
    from bedesten.dialects.sandbox.dialect import SandboxDialect

    settings, venue = running.settings, running.venue
    running.sandbox = sandbox = open_sandbox(settings, venue, lambda: demo.accounts(settings, venue))
    if sandbox is None:
        yield
        return
    if running.states is not None:
        running.states.attend(running.template, lambda: running.server.left.wait())
    sandbox.stage.faults.dialects = lambda: {each.name for each in running.dialects}
    running.dialects.append(SandboxDialect(Driven(sandbox.steering, sandbox.player, running.states)))
    try:
        yield
    finally:
        sandbox.player.stop()


@contextlib.asynccontextmanager
async def play(running: Running) -> AsyncIterator[None]:
    """Begin the scenario that the settings name, a packaged one or a file. Raises: NoSandbox."""
    named, sandbox = running.settings.scenario, running.sandbox
    if sandbox is None:
        raise NoSandbox("--scenario needs --sandbox, and a clock that can be moved")
    try:
        sandbox.player.play(**played(named))
    except SandboxRefused as error:
        raise NoSandbox(str(error)) from error
    yield


def played(named: str) -> dict[str, str]:
    """Return how a scenario is asked for: a packaged one by its name, or the text of a file. Raises: NoSandbox."""
    if scenario_text(named) is not None:
        return {"name": named}
    try:
        return {"toml": Path(named).read_text(encoding="utf-8")}
    except (OSError, ValueError) as error:
        raise NoSandbox(f"{named} is neither a packaged scenario nor a file that can be read") from error


def with_scenario(settings: Settings, *, has_seed: bool) -> Settings:
    """Return settings with the seed and the venue file that the scenario names, where nothing else is said.

    Raises: NoSandbox.
    """
    if not settings.scenario:
        return settings
    told = played(settings.scenario)
    try:
        about = read_scenario(told.get("toml") or scenario_text(settings.scenario) or "").about
    except SandboxRefused as error:
        raise NoSandbox(str(error)) from error
    seed = settings.seed if has_seed or about.seed is None else about.seed
    config = settings.config or (path_of(about.venue) if about.venue in PROFILES else None)
    return msgspec.structs.replace(settings, seed=seed, config=config)
