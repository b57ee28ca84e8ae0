"""The Dockerfile, as far as it can be checked without a daemon: its commands run on the same Python, in folders of their own.

Not run: the image's own system (apt-get, useradd), and that Docker accepts the file.
"""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.packaging.building import ROOT, STEP_S, copy_of_the_tree, other_python, run

KNOWN: Final = {
    "FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD",
}  # fmt: skip
OF_THE_SYSTEM: Final = ("apt-get", "useradd")


class Line(NamedTuple):
    """One instruction, in the stage that the last FROM began."""

    stage: int
    word: str
    rest: str


def lines() -> list[Line]:
    """Return the Dockerfile's instructions, continued lines as one."""
    kept = [line for line in (ROOT / "Dockerfile").read_text().splitlines() if line and not line.startswith("#")]
    found: list[Line] = []
    for text in "\n".join(kept).replace("\\\n", " ").splitlines():
        word, _, rest = text.strip().partition(" ")
        stage = (found[-1].stage if found else -1) + (word == "FROM")
        found.append(Line(stage, word, " ".join(rest.split())))
    return found


def rest_of(word: str) -> str:
    """Return what the last instruction of a kind says."""
    return [line.rest for line in lines() if line.word == word][-1]


def test_the_dockerfile_reads_as_one() -> None:
    """Known instructions; one Python in both stages; what is copied from the first is made there; nobody runs as root."""
    found = lines()
    stages = [line.rest.split() for line in found if line.word == "FROM"]

    assert {line.word for line in found} <= KNOWN
    assert [stage[0] for stage in stages] == ["python:3.13-slim", "python:3.13-slim"]
    for line in found:
        if line.word == "COPY" and line.rest.startswith("--from="):
            origin, source, _ = line.rest.split()
            assert origin == f"--from={stages[0][2]}"
            assert any(made.stage == 0 and f"venv {source}" in made.rest for made in found)
        elif line.word == "COPY":
            assert all((ROOT / each).exists() for each in line.rest.split()[:-1])
    user, entry = (next(at for at, line in enumerate(found) if line.word == word) for word in ("USER", "ENTRYPOINT"))
    assert user < entry and "root" not in found[user].rest
    assert json.loads(rest_of("ENTRYPOINT")) == ["bedesten"]


@pytest.mark.long
def test_its_commands_make_a_venue_that_starts_is_healthy_and_stops(tmp_path: Path) -> None:
    """Pages, wheel, environment, byte code; then the entry point, the health check, and the signal to stop."""
    run(other_python("3.13"), "-m", "venv", tmp_path / "python", cwd=tmp_path)
    source = copy_of_the_tree(tmp_path / "source")
    paths = {"/wheels": str(tmp_path / "wheels"), "/venue": str(tmp_path / "venue")}
    for line in lines():
        if line.word == "RUN" and not line.rest.startswith(OF_THE_SYSTEM):
            program = line.rest
            for inside, here in paths.items():
                program = program.replace(f" {inside}", f" {here}")
            run("sh", "-ec", program, cwd=source, PATH=f"{tmp_path / 'python' / 'bin'}:/usr/bin:/bin")

    venue = tmp_path / "venue"
    assert list(venue.glob("lib/python3.13/site-packages/bedesten/web/app.html")), "the pages are in it"
    assert list(venue.glob("lib/python3.13/site-packages/bedesten/server/__pycache__/app.*.pyc"))
    path, _, write = rest_of("ENV").partition(" ")
    assert path == "PATH=/venue/bin:$PATH"
    environment = {"PATH": f"{venue / 'bin'}:/usr/bin:/bin", "HOME": str(tmp_path), **dict([write.split("=")])}
    command = json.loads(rest_of("ENTRYPOINT")) + json.loads(rest_of("CMD")) + ["--host", "127.0.0.1", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=tmp_path, env=environment) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().split()[-1].rpartition(":")[2]
            check = rest_of("HEALTHCHECK").partition(" CMD ")[2].replace("8080", port)
            run(*json.loads(check), cwd=tmp_path, **environment)
        finally:
            process.send_signal(getattr(signal, rest_of("STOPSIGNAL")))
            process.communicate(timeout=STEP_S)
    assert process.returncode == 0
