"""Which venue file a start goes by: the one in force, the one that the settings name, or the packaged demo's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bedesten.config import (
    EVERY,
    Said,
    Settings,
    VenueFile,
    as_taken,
    demo_venue_file,
    demo_venue_text,
    load_venue_file,
    load_venue_text,
    notices,
    read_venue_text,
    refuse_new,
    said_by,
    under_newest_rules,
)
from bedesten.domain.notes import VenueFileInForce
from bedesten.services.sequencing.state import VenueState
from bedesten.services.venue_file.changes import SOURCE, ChangeRefused, text_to_start_with
from bedesten.services.venue_file.fold_venue_file import VenueFileFold
from bedesten.storage.directory import VENUE_FILE as STORE_FILE


def read_venue_file(settings: Settings) -> VenueFile:
    """Return the venue file that the settings name, or the packaged demo's.

    What only a new file may not say is looked at once it is known whether it is new (choose_venue_file).
    Raises: ConfigError.
    """
    if settings.config is None:
        return demo_venue_file()
    is_new = settings.directory is None or not (settings.directory / STORE_FILE).exists()
    return load_venue_file(Path(settings.config), tolerated=() if is_new else EVERY)


class Start(NamedTuple):
    """The venue file that a start goes by: its text ("" where only its meaning was kept), and the one given, if one was.

    notices: what it says that a new file may not, and how it is taken.
    """

    file: VenueFile
    text: str
    given: str | None
    notices: Sequence[str] = ()


def choose_venue_file(settings: Settings, state: VenueState) -> Start:
    """Return the venue file to start with: the one in force, the one that the settings name, or the packaged demo's.

    Raises: ConfigError, ChangeRefused.
    """
    named = _named_text(settings) if settings.config is not None or settings.demo else None
    kept = state.folds.of(VenueFileFold).in_force
    text = _text_to_start_with(settings, kept, named)
    if text is not None:
        source = settings.config or SOURCE
        said = read_venue_text(text, source=source)
        if kept is None or text != kept.text:  # else it was taken, so its data opens
            refuse_new(said, source=source, tolerated=_said_before(kept))
        return Start(as_taken(said), text, named, notices(said))
    if kept is None:
        text = demo_venue_text()
        return Start(demo_venue_file(), text, text)
    said, packaged = under_newest_rules(VenueFile.decode(kept.meaning)), demo_venue_file()  # kept before files were
    return Start(as_taken(said), demo_venue_text() if said == packaged else "", None, notices(said))


# The packaged file is nobody's edit: where it changed with the program, what was changed while the venue ran stands.
def _text_to_start_with(settings: Settings, kept: VenueFileInForce | None, named: str | None) -> str | None:
    try:
        return text_to_start_with(kept, named)
    except ChangeRefused:
        if settings.config is not None:
            raise
        return text_to_start_with(kept, None)


def _said_before(kept: VenueFileInForce | None) -> frozenset[Said]:
    if kept is None:
        return frozenset()
    return said_by(read_venue_text(kept.text, source=SOURCE) if kept.text else VenueFile.decode(kept.meaning))


def _named_text(settings: Settings) -> str:
    return demo_venue_text() if settings.config is None else load_venue_text(Path(settings.config))
