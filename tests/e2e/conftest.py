"""A demo venue for each module: a real process in memory, ended by SIGTERM with exit code 0."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.process import Client, Server, serving


@pytest.fixture(scope="session", autouse=True)
def given_key() -> Iterator[None]:
    """An operator who keeps the key to the secrets in the environment; no process makes one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BEDESTEN_KEY", "bm8gc2VjcmV0OiB0aGUga2V5IG9mIG91ciB0ZXN0cy4=")
        yield


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
