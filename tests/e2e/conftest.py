"""A demo venue for each module: a real process in memory, ended by SIGTERM with exit code 0."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.process import Client, Server, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A demo venue that forgets everything when the module ends."""
    with serving(tmp_path_factory.mktemp("venue"), "--demo") as running:
        yield running


@pytest.fixture(scope="module")
def trader1(server: Server) -> Client:
    return Client(server, server.traders()["trader1"])


@pytest.fixture(scope="module")
def trader2(server: Server) -> Client:
    return Client(server, server.traders()["trader2"])
