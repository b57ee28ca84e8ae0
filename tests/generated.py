"""Clients generated from the OpenAPI documents by openapi-python-client: what somebody gets who writes no line of one."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import msgspec

from bedesten.dialects.contract import Dialect
from bedesten.server.openapi import openapi_document

GENERATE_S_MAX = 300  # half a second here; a machine that does much else at once takes longer


def generated_client(dialect: Dialect, folder: Path) -> tuple[ModuleType, str]:
    """Return the package of a client for *dialect*, made in *folder*, and what its generator complained of."""
    name = f"{dialect.name}_generated_client"
    document, config = folder / "openapi.json", folder / "config.json"
    document.write_bytes(msgspec.json.encode(openapi_document(dialect, version="1")))
    config.write_text(json.dumps({"post_hooks": []}))  # nobody reads it, so that it need not be pretty
    said = subprocess.run(
        [
            sys.executable, "-m", "openapi_python_client", "generate", "--path", str(document), "--config", str(config),
            "--meta", "none", "--output-path", str(folder / name),
        ],
        capture_output=True, text=True, timeout=GENERATE_S_MAX, check=True,
    )  # fmt: skip
    sys.path.insert(0, str(folder))
    try:
        return importlib.import_module(name), said.stdout.partition("\n")[2] + said.stderr
    finally:
        sys.path.remove(str(folder))
