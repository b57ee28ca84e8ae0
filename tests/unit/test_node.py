"""A machine without Node: a skip that says so, and an error where CI asks for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests import node


def test_what_is_missing_is_skipped_aloud_and_an_error_in_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For Node itself, and for the library ws alone."""
    monkeypatch.setattr(node, "MODULES", tmp_path)
    monkeypatch.setattr(node, "NODE", "/usr/bin/node")
    monkeypatch.delenv("BEDESTEN_REQUIRE_NODE", raising=False)
    node.need(ws=False)
    with pytest.raises(pytest.skip.Exception, match=r"npm install --prefix .* ws@8; NOT checked"):
        node.need(ws=True)
    monkeypatch.setattr(node, "NODE", None)
    with pytest.raises(pytest.skip.Exception, match="node is not installed"):
        node.need(ws=False)
    monkeypatch.setenv("BEDESTEN_REQUIRE_NODE", "1")
    with pytest.raises(pytest.fail.Exception, match="node is not installed"):
        node.need(ws=True)
