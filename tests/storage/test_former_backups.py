"""A backup that the program before this one made: it is restored, proved in the words of that program.

The venue is the one that tests/storage/make_floored.py made with version 0.1.0, its digest that program's own.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from bedesten import __version__
from bedesten.core import Machine
from bedesten.services.errors import DamagedBackup
from bedesten.services.log import recover
from bedesten.storage import backup, manifest, restore, tables
from bedesten.storage.directory import open_directory
from bedesten.storage.disk import LocalDisk
from bedesten.storage.snapshots import decode
from bedesten.storage.verification import verify

FLOORED: Final = Path(__file__).with_name("floored")
EXPECTED: Final[dict[str, Any]] = json.loads((FLOORED / "expected.json").read_text())
NEWEST: Final = Machine.formats()[-1]


def nothing(text: str) -> None:
    """Take no notice."""


@pytest.fixture
def taken(tmp_path: Path) -> Path:
    """The backup: tables of version 4, a snapshot of the first form, and a manifest as version 0.1.0 wrote it."""
    directory = tmp_path / "backup"
    (directory / "snapshots").mkdir(parents=True)
    venue = directory / "venue.sqlite3"
    with closing(sqlite3.connect(venue)) as connection:
        connection.executescript(gzip.decompress((FLOORED / "venue.sql.gz").read_bytes()).decode())
        ((checksum,),) = connection.execute("SELECT checksum FROM journal ORDER BY first_seq DESC LIMIT 1").fetchall()
        ((version,),) = connection.execute("SELECT value FROM meta WHERE name = 'schema_version'").fetchall()
        ((venue_id,),) = connection.execute("SELECT value FROM meta WHERE name = 'venue_id'").fetchall()
    assert int(version) == 4 < tables.SCHEMA_VERSION
    data = gzip.decompress((FLOORED / "snapshot.gz").read_bytes())
    snapshot = directory / "snapshots" / f"{decode(data).seq:020d}.snapshot"
    snapshot.write_bytes(data)
    files = {str(path.relative_to(directory)): manifest.entry_of(path, LocalDisk()) for path in (venue, snapshot)}
    write(directory, {
        "format": 1, "program": "0.1.0", "made": "2026-11-21T06:30:00+00:00", "venue_id": venue_id, "schema_version": 4,
        "seq": EXPECTED["seq"], "digest": EXPECTED["digest"], "journal_checksum": checksum.hex(), "audit_entries": 0,
        "audit_checksum": "00" * 32, "sealed_with": "", "files": msgspec.to_builtins(files),
    })  # fmt: skip
    return directory


def write(directory: Path, plain: dict[str, Any]) -> None:
    """Write a manifest with its checksum."""
    told = {"backup": plain, "sha256": manifest._checksum(plain)}
    (directory / manifest.MANIFEST).write_bytes(msgspec.json.encode(told))


def rewrite(directory: Path, **facts: object) -> None:
    """Let the manifest say something else, under a checksum that fits."""
    plain = msgspec.json.decode((directory / manifest.MANIFEST).read_bytes())["backup"]
    write(directory, {**plain, **facts})


def bring_back(source: Path, target: Path) -> restore.Restored:
    return restore.restore(source, target, actor="operator", now_ns=2, say=nothing)


def digest_in(directory: Path, form: int) -> str:
    return verify(directory, nothing, in_each_form=True).digests[form - 1]


def test_a_former_programs_backup_is_restored(taken: Path, tmp_path: Path) -> None:
    """Its tables are brought up, the state is the former program's to the unit, and the venue is backed up and restored again."""
    target = tmp_path / "again"

    restored = bring_back(taken, target)

    assert restored.manifest.program == "0.1.0" != __version__
    assert restored.notices == [f"brought venue.sqlite3 from format 4 to {tables.SCHEMA_VERSION}"]
    assert restored.verdict.digests[0] == EXPECTED["digest"] != restored.verdict.digest
    opened = open_directory(target)
    state = recover(opened.store, opened.snapshots)
    assert state.machine.seq > EXPECTED["seq"]  # what stood beside the journal was brought in behind it
    opened.store.close()
    made = backup.take_backup(target, tmp_path / "newer", made="now", say=nothing)
    assert (made.program, made.digest_format) == (__version__, NEWEST)
    assert bring_back(tmp_path / "newer", tmp_path / "third").verdict.digest == made.digest


@pytest.mark.parametrize("form", Machine.formats())
@pytest.mark.parametrize("is_said", [False, True])
def test_a_digest_is_compared_in_the_form_that_it_was_made_in(
    taken: Path, tmp_path: Path, form: int, is_said: bool
) -> None:
    """Where the manifest says which, in that one; programs of one version's name had several."""
    rewrite(taken, digest=digest_in(taken, form), **({"digest_format": form} if is_said else {}))

    assert bring_back(taken, tmp_path / "again").verdict.commands == EXPECTED["seq"]


@pytest.mark.parametrize(
    "facts",
    [
        {"digest": "00" * 16},
        {"digest": ""},
        {"digest": "00" * 16, "program": __version__},
        {"digest_format": 2},  # the digest of form 1
        {"digest_format": NEWEST},
        {"seq": EXPECTED["seq"] - 1},
        {"journal_checksum": "00" * 32},
        {"journal_checksum": "", "digest_format": NEWEST + 1},
    ],
)
def test_a_former_manifest_that_says_what_is_not_so_is_refused(
    taken: Path, tmp_path: Path, facts: dict[str, Any]
) -> None:
    """Whatever version it names, also where its digest is of a form that is not known here."""
    rewrite(taken, **facts)

    with pytest.raises(DamagedBackup, match="its manifest says"):
        bring_back(taken, tmp_path / "again")

    assert not (tmp_path / "again").exists()


def test_a_digest_of_a_form_that_is_not_known_is_left_to_the_journal(taken: Path, tmp_path: Path) -> None:
    """A newer program of the same tables may have another form: the last record's checksum names the state for all."""
    rewrite(taken, digest="77" * 16, digest_format=NEWEST + 1, program="9.9.9")

    assert bring_back(taken, tmp_path / "again").verdict.digests[0] == EXPECTED["digest"]
