"""What a process is, as the list of the parts it runs. They start in the order of the list and stop in the reverse order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bedesten.bootstrap import chains, control, demo, driver, garbage, ledger, metrics, snapshots, transcripts, wire
from bedesten.bootstrap.running import Part
from bedesten.config import Settings, VenueFile


def _is_demo(settings: Settings) -> bool:
    return settings.demo


def _is_sandbox(settings: Settings) -> bool:
    return settings.sandbox


def _plays(settings: Settings) -> bool:
    return bool(settings.scenario)


def _keeps_data(settings: Settings) -> bool:
    return settings.directory is not None


def _shows_demo(settings: Settings, venue_file: VenueFile) -> bool:
    return settings.demo


def _has_networks(settings: Settings, venue_file: VenueFile) -> bool:
    return bool(venue_file.networks)


#: A venue in one process. The wire comes last: nobody can reach a venue that is not complete.
SINGLE: Final[Sequence[Part]] = (
    Part(name="garbage", run=garbage.run),
    Part(name="sandbox", run=driver.run, is_wanted=_is_sandbox),
    Part(name="demo", run=demo.run, is_wanted=_is_demo, extra="lab", needs_extra=_shows_demo),
    Part(name="chains", run=chains.run, extra="wallets", needs_extra=_has_networks),
    Part(name="ledger", run=ledger.run),
    Part(name="snapshots", run=snapshots.run, is_wanted=_keeps_data),
    Part(name="control", run=control.run, is_wanted=_keeps_data),
    Part(name="metrics", run=metrics.run),
    Part(name="transcript", run=transcripts.run, is_wanted=_is_sandbox),
    Part(name="scenario", run=driver.play, is_wanted=_plays),
    Part(name="wire", run=wire.run),
)
