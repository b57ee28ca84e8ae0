"""Backing up a venue whose customers go on trading, and serving what was restored: the program, from outside."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.e2e.process import PROGRAM, Client, run, serving

SYMBOL = "BTC-USD"
PAUSE_S = 0.05  # between orders: within the venue's rate limit
NO_KEY = {"BEDESTEN_KEY": "", "BEDESTEN_KEY_FILE": ""}


class Ordering(threading.Thread):
    """A customer who places orders one after another, and remembers what was acknowledged."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client
        self.acknowledged: list[str] = []
        self.enough = threading.Event()
        self.is_done = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.is_done.is_set():
            number += 1
            (row,) = self.client.place(SYMBOL, "BUY", price=20_000 + number % 500, size=0.001, clOrderID=f"n{number}")
            self.acknowledged.append(row["orderID"])
            if number % 4 == 0:
                self.client.call("DELETE", "/api/v3.3/order", f"symbol={SYMBOL}&orderID={row['orderID']}")
            if number == 20:
                self.enough.set()
            time.sleep(PAUSE_S)


def journal_of(directory: Path) -> list[tuple[object, ...]]:
    """Return the records of a venue's journal."""
    with closing(sqlite3.connect(f"file:{directory}/venue.sqlite3?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT * FROM journal ORDER BY first_seq").fetchall()


def test_a_backup_of_a_trading_venue_holds_every_command_acknowledged_before_it(tmp_path: Path) -> None:
    """It is a prefix of the journal; the venue goes on meanwhile; restored and served, it answers for those orders."""
    data, copy, again = tmp_path / "data", tmp_path / "copy", tmp_path / "again"
    with serving(tmp_path, "--demo", "--data", str(data)) as server:
        traders = server.traders()
        ordering = Ordering(Client(server, traders["trader1"]))
        ordering.start()
        try:
            assert ordering.enough.wait(30)
            before = list(ordering.acknowledged)
            done = run("backup", str(copy), "--data", str(data))
            during = len(ordering.acknowledged)
        finally:
            ordering.is_done.set()
            ordering.join()
        assert done.returncode == 0, done.stderr
        (told,) = json.loads(run("audit", "--data", str(data), "--json").stdout)[-1:]
    assert during > len(before)
    assert "NOT in it: it is in BEDESTEN_KEY" in done.stdout
    assert (told["action"], told["detail"]["to"]) == ("backup", str(copy))

    restored = run("restore", str(copy), "--data", str(again))

    assert restored.returncode == 0, restored.stderr
    (*part, _), whole = journal_of(again), journal_of(data)  # its last command is the entry of the restore
    assert part == whole[: len(part)] and len(part) < len(whole)
    assert done.stdout.splitlines()[1] == restored.stdout.splitlines()[1]
    with serving(tmp_path, "--data", str(again)) as server:
        client = Client(server, traders["trader1"])
        known = {row["orderID"] for row in client.call("GET", "/api/v3.3/user/open_orders")}
        canceled = set(before[3::4])
        assert set(before) - canceled <= known
        for order_id in canceled:
            assert client.send("GET", "/api/v3.3/order", f"orderID={order_id}").status_code == 200
    assert run("verify", "--data", str(again)).returncode == 0


def test_the_key_is_kept_apart_and_its_place_is_said(tmp_path: Path) -> None:
    """Beside the data, missing beside what is restored, and found once somebody put it there."""
    data, copy, again = tmp_path / "data", tmp_path / "copy", tmp_path / "again"
    assert run("accounts", "open", "alice", "--data", str(data), env=NO_KEY).returncode == 0
    kept = tmp_path / "data.key"

    done = run("backup", str(copy), "--data", str(data), env=NO_KEY)
    restored = run("restore", str(copy), "--data", str(again), env=NO_KEY)

    assert f"NOT in it: it is in {kept}" in done.stdout
    assert f"it is not here. Put it in {tmp_path / 'again.key'}" in restored.stdout
    assert not [path for path in copy.rglob("*") if path.is_file() and kept.read_bytes().strip() in path.read_bytes()]
    assert run("accounts", "--data", str(again), env=NO_KEY).returncode == 1
    (tmp_path / "again.key").write_bytes(kept.read_bytes())
    assert "alice" in run("accounts", "--data", str(again), env=NO_KEY).stdout


def test_a_refusal_is_one_sentence(tmp_path: Path) -> None:
    """With exit code 1, and nothing made."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    run("accounts", "open", "alice", "--data", str(data))
    run("backup", str(copy), "--data", str(data))
    for words, told in (
        (("backup", str(copy)), "a backup overwrites nothing"),
        (("restore", str(copy)), "is not empty"),
        (("restore", str(tmp_path)), "is no backup"),
        (("rekey",), "with --new-key-file"),
    ):
        refused = run(*words, "--data", str(data))
        assert (refused.returncode, refused.stdout) == (1, ""), refused.stderr
        assert refused.stderr.startswith("bedesten: ") and refused.stderr.count("\n") == 1
        assert told in refused.stderr


def test_an_interrupted_backup_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C at any moment: the name is free, or what has it is whole."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    run("accounts", "open", "alice", "--data", str(data))
    with subprocess.Popen([*PROGRAM, "backup", str(copy), "--data", str(data)], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and not (tmp_path / "copy.partial" / "venue.sqlite3").exists():
            pass
        process.send_signal(signal.SIGINT)
    assert not (tmp_path / "copy.partial").exists()
    if copy.exists():
        assert run("verify", "--data", str(copy)).returncode == 0


def test_secrets_are_sealed_with_a_new_key_by_one_command(tmp_path: Path) -> None:
    """While the venue is stopped; in the audit log; the former key opens the venue no more, but still its old backup."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    run("accounts", "open", "alice", "--data", str(data), env=NO_KEY)
    run("backup", str(copy), "--data", str(data), env=NO_KEY)
    former = (tmp_path / "data.key").read_text().strip()

    changed = run("rekey", "--data", str(data), env=NO_KEY)

    assert changed.returncode == 0, changed.stderr
    assert (tmp_path / "data.key").read_text().strip() != former
    (last,) = json.loads(run("audit", "--data", str(data), "--json", env=NO_KEY).stdout)[-1:]
    assert last["action"] == "rekey"
    assert "the key given is another" in run("accounts", "--data", str(data), env={"BEDESTEN_KEY": former}).stderr
    restored = run("restore", str(copy), "--data", str(tmp_path / "again"), env={"BEDESTEN_KEY": former})
    assert "it is in BEDESTEN_KEY" in restored.stdout
    assert "alice" in run("accounts", "--data", str(tmp_path / "again"), env={"BEDESTEN_KEY": former}).stdout


def test_the_key_of_a_running_venue_is_not_changed(tmp_path: Path) -> None:
    """It would seal with one key what was just sealed with another."""
    data = tmp_path / "data"
    with serving(tmp_path, "--data", str(data)):
        refused = run("rekey", "--data", str(data), "--new-key-file", str(tmp_path / "new"))
    assert refused.returncode == 1
    assert "in use by process" in refused.stderr
    assert not (tmp_path / "new").exists()
