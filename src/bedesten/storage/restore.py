"""A venue out of a backup: every file as the manifest says, everything replayed, and only then in its place.

Owns the order of the checks and the words in which a backup is refused. Never overwrites a venue, and never writes in the
backup.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bedesten.core import Machine
from bedesten.services.errors import DamagedBackup, StoreFailure
from bedesten.storage import manifest as manifests
from bedesten.storage import tables
from bedesten.storage.backup import Stages
from bedesten.storage.directory import VENUE_FILE, bring_up
from bedesten.storage.disk import Disk, LocalDisk
from bedesten.storage.manifest import Digested, Manifest
from bedesten.storage.staging import staged
from bedesten.storage.stopped import append_entry
from bedesten.storage.verification import Verdict, verify


class Restored(NamedTuple):
    """What came out of a backup."""

    manifest: Manifest
    verdict: Verdict
    notices: list[str]  # such as tables that were brought up


def restore(
    source: Path, target: Path, *, actor: str, now_ns: int, say: Callable[[str], None], disk: Disk | None = None,
    stages: Stages = lambda stage, done, total: None,
) -> Restored:  # fmt: skip
    """Make the data directory *target* from the backup in *source*, whole or not at all, and note it in its audit log.

    Raises: DamagedBackup, DamagedJournal, StoreFailure; then nothing was made.
    """
    disk = disk or LocalDisk()
    manifest = manifests.read(source, disk)
    if manifest.schema_version > tables.SCHEMA_VERSION:
        raise StoreFailure(
            f"the backup {source} is of a newer Bedesten: its tables are of format {manifest.schema_version}, this program "
            f"reads up to {tables.SCHEMA_VERSION}. Use the newer program"
        )
    _check_target(target)
    notices: list[str] = []
    with staged(target, disk, bytes_needed=manifest.bytes) as partial:
        _copy_files(source, partial, manifest, disk, stages)
        bring_up(partial / VENUE_FILE, disk, notices)
        verdict = _proof(partial, manifest, say, stages)
        said: dict[str, str | int] = {"from": str(source.absolute()), "seq": verdict.commands, "digest": verdict.digest}
        append_entry(partial / VENUE_FILE, disk, now_ns, actor, "restore", said)
        disk.sync(partial / VENUE_FILE)
    return Restored(manifest, verdict, notices)


def _check_target(target: Path) -> None:
    if target.is_symlink() or target.exists() and not target.is_dir():
        raise StoreFailure(f"{target} is no directory: a venue is restored into one that is new or empty")
    if not target.exists():
        return
    if os.path.ismount(target):
        raise StoreFailure(f"{target} is a volume of its own: restore into a new directory in it, and serve that")
    if any(target.iterdir()):
        raise StoreFailure(f"{target} is not empty: a venue is restored into a directory that is new or empty")


def _copy_files(source: Path, partial: Path, manifest: Manifest, disk: Disk, stages: Stages) -> None:
    done = 0

    def report(chunk: int) -> None:
        nonlocal done
        done += chunk
        stages("copying", done, manifest.bytes)

    if VENUE_FILE not in manifest.files:
        raise DamagedBackup(f"damaged backup: its manifest lists no {VENUE_FILE}")
    for name, entry in manifest.files.items():
        original, copy = source / name, partial / name
        if not original.is_file():
            raise DamagedBackup(f"damaged backup: {original} is missing: use another backup")
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        digested = Digested(disk.chunks(original), report)
        disk.write_chunks(copy, digested)
        if (found := digested.entry()) != entry:
            what = f"has {found.bytes} bytes instead of {entry.bytes}" if found.bytes != entry.bytes else "was altered"
            raise DamagedBackup(f"damaged backup: {original} {what}: use another backup")


def _proof(partial: Path, manifest: Manifest, say: Callable[[str], None], stages: Stages) -> Verdict:
    done = 0

    def report(commands: int) -> None:
        nonlocal done
        done += commands
        stages("verifying", done, manifest.seq)

    verdict = verify(partial, say, report, in_each_form=True)
    found, digests = (verdict.commands, verdict.journal_checksum), _digests(verdict, manifest)
    if found != (manifest.seq, manifest.journal_checksum) or digests and manifest.digest not in digests:
        raise DamagedBackup(
            f"damaged backup: its journal leads to seq {verdict.commands}, the checksum {verdict.journal_checksum} and the "
            f"digest {digests[-1] if digests else verdict.digest}, its manifest says {manifest.seq}, "
            f"{manifest.journal_checksum} and {manifest.digest}"
        )
    return verdict


# A digest names a state in the words of one program, the journal's last checksum names it for all of them. A former program did
# not say which words: of those that there have been, one must be it. Of a newer program's words nothing is known here.
def _digests(verdict: Verdict, manifest: Manifest) -> tuple[str, ...]:
    if not manifest.digest_format:
        return verdict.digests
    return tuple(
        digest
        for form, digest in zip(Machine.formats(), verdict.digests, strict=True)
        if form == manifest.digest_format
    )
