"""Secrets at rest: nobody reads them from the files, and nobody opens them with another key."""

from __future__ import annotations

import base64
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bedesten.domain.notes import KeySaved
from bedesten.services.errors import KeyRefused, SealBroken
from bedesten.services.ports import EDGES
from bedesten.storage import master_key, sealed
from bedesten.storage.directory import open_directory
from bedesten.storage.disk import LocalDisk
from bedesten.storage.master_key import FILE_VARIABLE, KEY_VARIABLE, KeyPlace
from bedesten.storage.purposes import key_purpose
from bedesten.storage.sealing import KEY_BYTES, KeySealing
from tests.storage.conftest import Open
from tests.storage.keys import keep_key, kept_keys, kept_seed
from tests.storage.killing import killed_at_every_line
from tests.storage.test_migrations import as_version_3

SECRET = "c2VjcmV0IG9mIGFsaWNlLCBuZXZlciB0byBiZSByZWFk"
SEED = "5eed" * 16
OTHER_KEY = base64.b64encode(bytes(range(KEY_BYTES))).decode()


def keep_secrets(opened: Open) -> None:
    """Let a venue keep what must not be read."""
    store = opened().store
    keep_key(store, "alice-key", SECRET)
    keep_key(store, "seed", SEED)
    store.close()


def found_in(home: Path, *texts: str) -> list[str]:
    """Return which of the texts stand in any file of the directory."""
    data = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    return [text for text in texts if text.encode() in data]


def files(home: Path) -> dict[str, bytes]:
    """Return every file of the directory, but for the lock."""
    return {str(path): path.read_bytes() for path in home.rglob("*") if path.is_file() and path.name != "lock"}


# ── sealing


def test_what_is_sealed_opens_for_its_purpose_alone() -> None:
    """The same text is sealed differently each time, and nothing else opens it."""
    sealing = KeySealing(bytes(KEY_BYTES))
    once, again = sealing.seal("text", "of alice"), sealing.seal("text", "of alice")

    assert once != again
    assert sealing.unseal(once, "of alice") == "text"
    for broken, purpose in ((once, "of bob"), (once[:-4], "of alice"), (once[:9] + "*" + once[10:], "of alice")):
        with pytest.raises(SealBroken, match=f"{purpose} was altered"):
            sealing.unseal(broken, purpose)
    with pytest.raises(SealBroken, match="of alice is not sealed"):
        sealing.unseal("text", "of alice")


def test_the_files_hold_no_secret_in_plain_text(opened: Open, home: Path) -> None:
    """While the venue runs, and when it has stopped; the store's users see what they kept."""
    keep_secrets(opened)
    store = opened().store

    assert kept_keys(store) == {"alice-key": SECRET, "seed": SEED}
    assert found_in(home, SECRET, SEED) == []
    store.close()
    assert found_in(home, SECRET, SEED) == []


def test_plain_secrets_of_an_older_program_leave_no_trace(opened: Open, home: Path) -> None:
    """They are sealed at the first start, and so is what stood in pages that were freed long ago."""
    opened().store.close()
    as_version_3(home, "alice-key")
    with closing(sqlite3.connect(home / "venue.sqlite3", isolation_level=None)) as older:
        older.execute("PRAGMA secure_delete = OFF")
        older.executemany(
            "INSERT INTO api_keys VALUES (?, ?, 16, 1, '', '[]', 0, 0)", [(f"k{n}", f"revoked {n}") for n in range(300)]
        )
        older.execute("DELETE FROM api_keys WHERE key LIKE 'k%'")
    plain = ("plain alice-key", "a plain seed", "revoked 7")
    assert found_in(home, *plain) == list(plain)

    store = opened().store

    assert found_in(home, *plain) == []
    assert (kept_keys(store), kept_seed(store)) == ({"alice-key": plain[0]}, plain[1])


def test_a_secret_put_in_another_keys_place_is_found_out(opened: Open, home: Path) -> None:
    """Each is sealed for its own key: one that somebody moved does not open."""
    keep_secrets(opened)
    store = opened().store
    (saved, _) = [note for batch in store.batches(0) for _, note in batch.notes if isinstance(note, KeySaved)]
    sealing = store.vault.sealing(EDGES)

    with pytest.raises(SealBroken, match="secret of API key mallory-key was altered"):
        sealing.unseal(saved.secret, key_purpose("mallory-key"))


def test_what_was_sealed_for_an_owner_is_lost_with_the_owners_key(opened: Open, home: Path) -> None:
    """A customer who is erased: the journal cannot be written again, so the key goes; and no other comes in its place."""
    store = opened().store
    vault = store.vault
    vault.draw("customer:16")
    sealed = vault.sealing("customer:16").seal("alice@example.com", "e-mail")
    assert vault.sealing("customer:16").unseal(sealed, "e-mail") == "alice@example.com"
    with pytest.raises(SealBroken):
        vault.sealing(EDGES).unseal(sealed, "e-mail")

    vault.erase("customer:16")
    vault.draw("customer:16")

    with pytest.raises(SealBroken, match="there is no data key of customer:16"):
        vault.sealing("customer:16")
    store.close()
    with pytest.raises(SealBroken, match="there is no data key of customer:16"):
        opened().store.vault.sealing("customer:16")


# ── the operator's key


def test_a_key_is_made_beside_the_data_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its owner may read it; it is not in the directory that people copy, and it is used again."""
    monkeypatch.delenv(KEY_VARIABLE)
    home, beside = tmp_path / "venue", tmp_path / "venue.key"

    first = open_directory(home)
    first.store.close()
    again = open_directory(home)
    again.store.close()

    (notice,) = first.notices
    assert f"in {beside}, which opens the secrets" in notice and "keep a copy of it apart from the data" in notice
    assert beside.stat().st_mode & 0o777 == 0o600
    assert again.notices == []
    assert found_in(home, beside.read_text().strip()) == []


@pytest.mark.parametrize("name", [KEY_VARIABLE, FILE_VARIABLE])
def test_another_key_is_refused_and_changes_nothing(
    opened: Open, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The message tells the two keys apart by short names, and where the given one came from."""
    keep_secrets(opened)
    before = files(home)
    monkeypatch.delenv(KEY_VARIABLE)
    (tmp_path / "other").write_text(OTHER_KEY)
    monkeypatch.setenv(name, OTHER_KEY if name == KEY_VARIABLE else str(tmp_path / "other"))
    where = KEY_VARIABLE if name == KEY_VARIABLE else str(tmp_path / "other")

    with pytest.raises(
        KeyRefused, match=rf"sealed with the key \w{{8}}, and the key given is another: \w{{8}} in {where}"
    ):
        opened()

    assert files(home) == before


def test_a_missing_key_is_refused_and_changes_nothing(
    opened: Open, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No new key is made for secrets that an old one sealed."""
    keep_secrets(opened)
    before = files(home)
    monkeypatch.delenv(KEY_VARIABLE)

    with pytest.raises(
        KeyRefused, match=r"there is no key: .*venue\.key is missing\. Put that file back, or give its key"
    ):
        opened()

    assert files(home) == before
    assert not KeyPlace(home).beside.exists()


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({KEY_VARIABLE: "too short"}, "BEDESTEN_KEY holds no key: 32 random bytes in base64"),
        ({KEY_VARIABLE: "*" * 44}, "BEDESTEN_KEY holds no key"),
        ({KEY_VARIABLE: "z" * 64}, "BEDESTEN_KEY holds no key"),
        ({KEY_VARIABLE: OTHER_KEY, FILE_VARIABLE: "a"}, "both BEDESTEN_KEY and BEDESTEN_KEY_FILE are set"),
        ({FILE_VARIABLE: "/nowhere/key"}, r"cannot be read from /nowhere/key \(BEDESTEN_KEY_FILE\): No such file"),
        ({FILE_VARIABLE: os.devnull}, f"{os.devnull} .* holds no key"),
    ],
)
def test_what_is_no_key_is_refused_before_anything_is_made(tmp_path: Path, environ: dict[str, str], said: str) -> None:
    """Nor is what was given repeated: it may be half of a key."""
    home = tmp_path / "venue"
    with pytest.raises(KeyRefused, match=said) as refused:
        open_directory(home, keys=KeyPlace(home, environ))

    assert not any(text in str(refused.value) for name, text in environ.items() if name == KEY_VARIABLE)
    assert not (home / "venue.sqlite3").exists()


@pytest.mark.parametrize(
    "form", [lambda key: base64.urlsafe_b64encode(key).decode(), bytes.hex, lambda key: f" {OTHER_KEY}\n"]
)
def test_a_key_is_read_in_the_forms_that_tools_write(tmp_path: Path, form: object) -> None:
    """Base64 of either alphabet and hexadecimal, with white space around it, are the same key."""
    home = tmp_path / "venue"
    open_directory(home, keys=KeyPlace(home, {KEY_VARIABLE: OTHER_KEY})).store.close()
    text = form(base64.b64decode(OTHER_KEY))  # type: ignore[operator]

    open_directory(home, keys=KeyPlace(home, {KEY_VARIABLE: text})).store.close()


def test_no_key_is_made_beside_a_volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would stand in the container that the volume outlives: the operator is told to keep one."""
    monkeypatch.setattr(os.path, "ismount", lambda path: True)
    home = tmp_path / "venue"

    with pytest.raises(KeyRefused, match="a volume of its own.*set BEDESTEN_KEY"):
        open_directory(home, keys=KeyPlace(home, {}))


# ── changing it


def test_a_new_key_takes_the_place_of_the_file_beside_the_data(tmp_path: Path) -> None:
    """The secrets open as before; the former key opens nothing any more."""
    home = tmp_path / "venue"
    place = KeyPlace(home, {})
    store = open_directory(home, keys=place).store
    keep_key(store, "seed", SEED)
    store.close()
    former = place.beside.read_text()

    old, new = sealed.rekey(home / "venue.sqlite3", LocalDisk(), place, None)

    assert old.secret != new.secret
    assert place.beside.read_text() != former and not place.next.exists()
    store = open_directory(home, keys=place).store
    assert kept_keys(store)["seed"] == SEED
    store.close()
    with pytest.raises(KeyRefused, match="the key given is another"):
        open_directory(home, keys=KeyPlace(home, {KEY_VARIABLE: former}))


def test_a_key_of_the_environment_is_changed_through_a_file(opened: Open, home: Path, tmp_path: Path) -> None:
    """The operator says where the new one is; until the environment names it, the venue does not start."""
    keep_secrets(opened)
    venue, file = home / "venue.sqlite3", tmp_path / "new"
    with pytest.raises(KeyRefused, match="the key is kept in BEDESTEN_KEY: .* with --new-key-file"):
        sealed.rekey(venue, LocalDisk(), KeyPlace(home), None)

    sealed.rekey(venue, LocalDisk(), KeyPlace(home), file)

    with pytest.raises(KeyRefused, match="the key given is another"):
        opened()
    store = open_directory(home, keys=KeyPlace(home, {FILE_VARIABLE: str(file)})).store
    assert kept_keys(store)["seed"] == SEED
    store.close()


@pytest.mark.parametrize("is_sealed_anew", [False, True])
def test_a_change_of_keys_that_was_cut_short_is_finished_or_undone(tmp_path: Path, is_sealed_anew: bool) -> None:
    """Killed between its steps, whichever key the store is sealed with is the one that remains."""
    home = tmp_path / "venue"
    place = KeyPlace(home, {})
    open_directory(home, keys=place).store.close()
    former = place.beside.read_text()
    if is_sealed_anew:
        sealed.rekey(home / "venue.sqlite3", LocalDisk(), place, place.next)
        assert place.next.exists()
    else:
        place.next.write_text(OTHER_KEY)

    open_directory(home, keys=place).store.close()

    assert not place.next.exists()
    assert (place.beside.read_text() != former) is is_sealed_anew


def test_a_change_of_keys_that_is_killed_leaves_the_former_key_or_the_new_one(tmp_path: Path) -> None:
    """At whichever of its lines: the next start opens every secret with the key that it finds, and tidies up."""
    home = tmp_path / "venue"
    place = KeyPlace(home, {})
    store = open_directory(home, keys=place).store
    keep_key(store, "seed", SEED)
    store.close()
    former = {place.beside.read_text()}

    def change() -> None:
        sealed.rekey(home / "venue.sqlite3", LocalDisk(), place, None)

    for _ in killed_at_every_line(change, sealed, master_key, step=2):
        store = open_directory(home, keys=place).store
        assert kept_keys(store)["seed"] == SEED
        store.close()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["venue", "venue.key"]
        former.add(place.beside.read_text())
    assert len(former) > 2  # some were killed before the change, some behind it


def test_a_first_start_that_is_killed_leaves_no_half_of_a_key(tmp_path: Path) -> None:
    """At whichever line of the making of a key: the next start finds a whole one, or makes another."""
    home = tmp_path / "venue"
    place = KeyPlace(home, {})

    def make() -> None:
        place.make()

    for _ in killed_at_every_line(make, master_key):
        open_directory(home, keys=place).store.close()
        open_directory(home, keys=place).store.close()
        assert sorted(path.name for path in tmp_path.iterdir()) == ["venue", "venue.key"]
        shutil.rmtree(home)
        place.beside.unlink()
