"""Run a notebook's code cells in their order in one fresh namespace, and nothing else: python run_notebook.py FILE."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def run(path: Path) -> None:
    """Run it. Raises: what a cell raises, the cell's number in the file's name of its traceback."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for number, cell in enumerate(json.loads(path.read_text())["cells"], 1):
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), f"{path.name}, cell {number}", "exec"), namespace)


if __name__ == "__main__":
    run(Path(sys.argv[1]))
