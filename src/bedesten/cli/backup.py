"""Commands that copy a venue, bring a copy back, and change the key to its secrets."""

from __future__ import annotations

import asyncio
import datetime
import os
from pathlib import Path
from typing import Any

import click

from bedesten.cli.operations import summary_of
from bedesten.cli.terminal import data_option, foreseen, say, stages, yield_to_orders
from bedesten.clock import SystemClock
from bedesten.server.control import ask_running, operator
from bedesten.services.errors import KeyRefused, ServiceError
from bedesten.storage import sealed
from bedesten.storage.backup import take_backup
from bedesten.storage.disk import LocalDisk
from bedesten.storage.manifest import Manifest
from bedesten.storage.master_key import KeyPlace, where_is
from bedesten.storage.restore import restore as restore_backup
from bedesten.storage.sealing import key_id
from bedesten.storage.staging import MB
from bedesten.storage.stopped import append_entry, stopped_venue


def add_backup_commands(cli: click.Group) -> None:
    """Add them to the command line."""
    cli.add_command(backup)
    cli.add_command(restore)
    cli.add_command(rekey)


@click.command(help=summary_of("backup"))
@click.argument("dest", type=click.Path(path_type=Path))
@data_option
def backup(dest: Path, data: str) -> None:
    """Copy, prove, and enter it into the audit log."""

    def work() -> None:
        yield_to_orders()
        made = datetime.datetime.fromtimestamp(SystemClock().now_ns() // 10**9, datetime.UTC).isoformat()
        with stages() as told:
            manifest = take_backup(Path(data), dest, made=made, say=say, stages=told)
        said = {"to": str(dest.absolute()), "seq": manifest.seq, "digest": manifest.digest}
        click.echo(f"backed up {_amount(manifest)} to {dest}, and verified it\ndigest {manifest.digest}")
        _tell_key_stays(manifest, KeyPlace(Path(data)))
        _note(Path(data), said)

    foreseen(work)


@click.command()
@click.argument("src", type=click.Path(path_type=Path))
@data_option
def restore(src: Path, data: str) -> None:
    """Make the new or empty data directory out of the backup SRC, and prove what came out."""

    def work() -> None:
        with stages() as told:
            done = restore_backup(
                src, Path(data), actor=operator(os.getuid()), now_ns=SystemClock().now_ns(), say=say, stages=told
            )
        for notice in done.notices:
            say(notice)
        click.echo(
            f"restored {_amount(done.manifest)} of {done.manifest.made} to {data}, and verified it\n"
            f"digest {done.verdict.digest}"
        )
        _tell_key_needed(done.manifest, KeyPlace(Path(data)))

    foreseen(work)


@click.command()
@click.option(
    "--new-key-file", type=click.Path(path_type=Path), default=None,
    help="Where the new key is, or shall be made.  [default: in place of the file beside the data]",
)  # fmt: skip
@data_option
def rekey(new_key_file: Path | None, data: str) -> None:
    """Seal the stopped venue's secrets with a new key; the former one opens them no more."""

    def work() -> None:
        directory, disk = Path(data), LocalDisk()
        place = KeyPlace(directory)
        with stopped_venue(directory, disk) as venue:
            old, new = sealed.rekey(venue, disk, place, new_key_file)
            said = {"from": key_id(old.secret), "to": key_id(new.secret), "where": new.where}
            append_entry(venue, disk, SystemClock().now_ns(), operator(os.getuid()), "rekey", said)
        click.echo(
            f"the secrets in {data} are sealed with the key {key_id(new.secret)} in {new.where}; {key_id(old.secret)} opens them "
            "no more, but backups made until now still need it"
        )
        if place.is_given:
            say(f"serve with BEDESTEN_KEY_FILE={new.where} from now on, or with that key in BEDESTEN_KEY")

    foreseen(work)


def _amount(manifest: Manifest) -> str:
    return f"{manifest.seq} commands ({manifest.bytes / MB:,.1f} MB in {len(manifest.files)} files)"


# The backup is whole whether or not the log can be written, so this only warns.
def _note(data: Path, said: dict[str, Any]) -> None:
    try:
        if asyncio.run(ask_running(data, "backup", said)) is None:
            with stopped_venue(data, disk := LocalDisk()) as venue:
                append_entry(venue, disk, SystemClock().now_ns(), operator(os.getuid()), "backup", said)
    except ServiceError as error:
        say(f"the backup is whole, but the venue's audit log does not tell of it: {error}")


def _tell_key_stays(manifest: Manifest, place: KeyPlace) -> None:
    if not manifest.sealed_with:
        return
    try:
        where = where_is(manifest.sealed_with, place)
    except KeyRefused:
        where = ""
    click.echo(
        f"the key {manifest.sealed_with}, without which nobody reads its secrets, is NOT in it: "
        f"{f'it is in {where}' if where else 'it is where the venue has it from'}. Keep a copy of that key apart from the backup"
    )


def _tell_key_needed(manifest: Manifest, place: KeyPlace) -> None:
    if not manifest.sealed_with:
        return
    try:
        where = where_is(manifest.sealed_with, place)
        found = f"it is in {where}" if where else "it is not here"
    except KeyRefused as error:
        where, found = "", str(error)
    remedy = "" if where else f". Put it in {place.beside}, or set BEDESTEN_KEY or BEDESTEN_KEY_FILE, before the start"
    click.echo(f"its secrets open with the key {manifest.sealed_with}: {found}{remedy}")
