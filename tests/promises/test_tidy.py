"""The style guide, executable: what CONTRIBUTING.md asks of the code and a machine can see. Reads top to bottom."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
SRC: Final = ROOT / "src" / "bedesten"
TESTS: Final = ROOT / "tests"

MODULE_LINES_MAX: Final = {SRC: 600, TESTS: 900}
FUNCTION_LINES_MAX: Final = 70

#: Longer functions, with their length. A ratchet: a number may be lowered, and must be when the function shrinks.
LONG_FUNCTIONS: Final[dict[str, int]] = {}

#: Where every exception may be caught, how often, and why. Elsewhere a handler names what it expects.
BLIND_HANDLERS: Final[dict[str, tuple[int, str]]] = {
    "server/app.py": (2, "the top of a request, and of rendering its refusal"),
    "server/fanout.py": (1, "the top of a connection's background task"),
    "server/run.py": (1, "the top of the task that keeps connections' time-outs"),
    "server/sockets.py": (1, "the top of a connection"),
    "services/feeds.py": (1, "the top of whoever listens; one that fails does not silence the others"),
    "services/sequencing/loops.py": (
        1,
        "the top of what only shows; one source that fails does not silence the others",
    ),
    "services/sequencing/sequencer.py": (
        3,
        "a bug in the core, or after a commit, stops the venue; one in a read goes to its asker",
    ),
    "bootstrap/host.py": (1, "the top of a venue's thread; whoever started it is told"),
    "services/sequencing/writer.py": (1, "the top of the writer's thread; whoever waits decides what a failure means"),
}

#: Modules that nothing imports, and who starts them instead.
ENTRANCES: Final = {
    "bedesten": "the package itself",
    "bedesten.__main__": "the console script, and python -m bedesten",
    "bedesten.core.records_pxd": "the build, which compiles the core",
    "bedesten.core.rows_pxd": "the build, which compiles the core",
    "bedesten.domain.refusals": "docs/records.md is written from it",
    "bedesten.lab.frames": "for researchers' programs",
    "bedesten.lab.gymnasium_env": "for researchers' programs",
    "bedesten.lab.hftbacktest": "for researchers' programs",
    "bedesten.lab.journal": "for researchers' programs",
    "bedesten.lab.replay": "for researchers' programs",
    "bedesten.lab.simulator": "for researchers' programs",
    "bedesten.storage.schema": "python -m bedesten.storage.schema writes storage/sql/tables.sql",
    **{f"bedesten.storage.migrations.versions.v{n}": "Alembic loads a revision by its path" for n in range(1, 8)},
    "bedesten.storage.migrations.versions": "their folder",
    "bedesten.scenarios": "a folder of scenarios, read as package data",
    "bedesten.testing": "its package",
    "bedesten.testing.plugin": "pytest, by its entry point",
    "bedesten.testing.replay": "started by python -m",
    "bedesten.venues": "a folder of venue files, read as package data",
}

#: One word for one thing. The wire has the venues' words, so dialects are left out.
BANNED_WORDS: Final = {
    "aggressive": "taker",
    "amt": "amount",
    "cancelled": "canceled",
    "coin": "asset",
    "deal": "trade, or fill",
    "executions": "fills",
    "freeze": "hold",
    "frozen": "held",
    "passive": "maker",
    "payout": "withdrawal",
    "px": "price",
    "qty": "quantity",
    "ticker": "instrument, or summary",
    "topup": "deposit",
    "tx": "transfer",
    "user": "account, or customer",
}
VENUES: Final = ("bitgin", "btcturk", "btse")
BANNED_VERBS: Final = ("do", "handle", "manage", "process")  # say what is done
BANNED_MODULES: Final = ("common", "helpers", "manager", "managers", "misc", "util", "utils")

WHOLE_NUMBERS_ONLY: Final = ("core", "domain", "services")
QUEUES: Final = ("LifoQueue", "PriorityQueue", "Queue", "SimpleQueue")
#: A SimpleQueue takes no bound; these modules hold theirs by hand, beside a named limit.
BOUNDED_BY_HAND: Final = {"services/sequencing/writer.py": "put() refuses when JOBS_MAX are waiting"}


# What there is to look at


def python_files(root: Path) -> list[Path]:
    """Return the modules below *root*, in order."""
    return sorted(path for path in root.rglob("*.py") if path.read_text().strip())


def source_files(*rooms: str) -> list[Path]:
    """Return the venue's modules, of these rooms only when any is named."""
    return [path for path in python_files(SRC) if not rooms or path.relative_to(SRC).parts[0] in rooms]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def place(path: Path, node: ast.AST | None = None) -> str:
    """Return where something stands, as an editor opens it."""
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def names_given(path: Path) -> Iterator[tuple[str, ast.AST]]:
    """Return the names that a module gives to things; not those that it uses of others."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.arg):
            yield node.arg, node
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node


def words(name: str) -> list[str]:
    """Return the words of a snake_case, CamelCase or CAPITAL name, in lower case."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


# Money


def test_core_domain_and_services_hold_no_float() -> None:
    """Money is whole numbers: no float by name, by literal or by true division."""
    found = []
    for path in source_files(*WHOLE_NUMBERS_ONLY):
        for node in ast.walk(tree_of(path)):
            named = isinstance(node, ast.Name) and node.id == "float"
            literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
            divided = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)
            if named or literal or divided:
                found.append(place(path, node))

    assert not found


# Rows


ROWS: Final = ("cells", "columns", "command", "event", "order", "row")
MANY: Final = ("commands", "events", "orders", "rows", "values")  # of which the first may be asked for


def test_columns_of_rows_are_named() -> None:
    """A column's place is asked of the struct that describes its row, so that a new column is one line."""
    found = []
    for path in source_files("core", "services"):
        for node in (each for each in ast.walk(tree_of(path)) if isinstance(each, ast.Subscript)):
            strided = isinstance(node.slice, ast.Slice) and node.slice.step is not None
            index = node.slice.lower if isinstance(node.slice, ast.Slice) and strided else node.slice
            of = getattr(node.value, "id", getattr(node.value, "attr", ""))
            if isinstance(node.value, ast.Call) and getattr(node.value.func, "attr", "") == "cast":
                of = "cells"
            number = index.value if isinstance(index, ast.Constant) and isinstance(index.value, int) else -1
            if of in ROWS and (number >= 0 or (strided and index is None)):
                found.append(place(path, node))
            if of in MANY and number > 0:
                found.append(place(path, node))

    assert not found


# Words


def test_things_have_one_name_everywhere() -> None:
    """A banned word is replaced by the field's own."""
    paths = [path for path in source_files() if path.relative_to(SRC).parts[0] != "dialects"]
    found = [
        f"{place(path, node)} {name}: say {BANNED_WORDS[word]}"
        for path in paths
        for name, node in names_given(path)
        for word in words(name)
        if word in BANNED_WORDS
    ]

    assert not found


def test_core_domain_chain_and_services_name_no_venue() -> None:
    """Not even in a comment: whose wire something is for is the dialects' to know."""
    found = [
        f"{place(path)} {name}"
        for path in source_files("core", "domain", "chain", "services")
        for name in VENUES
        if name in path.read_text().lower()
    ]

    assert not found


def test_functions_are_named_for_what_they_do() -> None:
    """A function's verb says something: none processes, handles, manages or does. The server answers to its libraries."""
    found = [
        f"{place(path, node)} {node.name}"
        for path in source_files()
        for node in functions(path)
        if path.relative_to(SRC).parts[0] != "server" and node.name.lstrip("_").split("_")[0] in BANNED_VERBS
    ]

    assert not found


def test_no_module_is_a_drawer_for_everything() -> None:
    """A module is named for its one idea."""
    paths = [*SRC.rglob("*"), *TESTS.rglob("*")]

    assert not [place(path) for path in paths if path.stem in BANNED_MODULES]


# Bounds


def test_every_queue_has_a_bound() -> None:
    """A queue says how long it may grow; maxsize=0 is no answer."""
    found = []
    for path in source_files():
        if path.relative_to(SRC).as_posix() in BOUNDED_BY_HAND:
            continue
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.Call):
                continue
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            sizes = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "maxsize")]
            bounded = called != "SimpleQueue" and sizes and getattr(sizes[0], "value", None) != 0
            if called in QUEUES and not bounded:
                found.append(place(path, node))

    assert not found


@pytest.mark.parametrize("root", MODULE_LINES_MAX, ids=["src", "tests"])
def test_no_module_holds_two_ideas(root: Path) -> None:
    """Past this many lines a second idea is hiding: split by concept."""
    counts = {place(path): path.read_text().count("\n") for path in python_files(root)}

    assert not {where: lines for where, lines in counts.items() if lines > MODULE_LINES_MAX[root]}


def test_functions_fit_on_a_page() -> None:
    """No function is longer than a page, but for those that wait to be split and only shrink meanwhile."""
    long = {}
    for path in source_files():
        for node in functions(path):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                long[f"{path.relative_to(SRC)}:{node.name}"] = lines

    assert long == LONG_FUNCTIONS


# Prose


def test_every_module_says_what_it_owns() -> None:
    """A module opens with a docstring."""
    paths = [*python_files(SRC), *python_files(TESTS), *python_files(ROOT / "benchmarks")]

    assert not [place(path) for path in paths if not ast.get_docstring(tree_of(path))]


def test_every_test_says_what_it_promises() -> None:
    """A test is named as a sentence, and its docstring is the behaviour."""
    found = [
        f"{place(path, node)} {node.name}"
        for path in python_files(TESTS)
        for node in functions(path)
        if node.name.startswith("test_") and (node.name.count("_") < 3 or not ast.get_docstring(node))
    ]

    assert not found


# Failures


def is_blind(handler: ast.ExceptHandler) -> bool:
    """Whether the handler catches everything and keeps it."""
    caught = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    everything = any(each is None or getattr(each, "id", "") in ("Exception", "BaseException") for each in caught)
    last = handler.body[-1]
    return everything and not (isinstance(last, ast.Raise) and last.exc is None)


def test_bugs_are_caught_only_where_it_says() -> None:
    """Only the top of a connection and of a background task catch what they do not expect; both log and close."""
    counts: dict[str, int] = {}
    for path in source_files():
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ExceptHandler) and is_blind(node):
                name = str(path.relative_to(SRC))
                counts[name] = counts.get(name, 0) + 1

    assert counts == {name: count for name, (count, _) in BLIND_HANDLERS.items()}


# Dead code


def module_name(path: Path) -> str:
    """Return how a module is imported."""
    parts = path.relative_to(SRC.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """Return the modules, and names of modules, that a module imports."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_folds_know_no_time_chance_or_store() -> None:
    """What a fold remembers is a function of the log: it imports words, records and what a fold is."""
    allowed = (
        "__future__", "typing", "collections", "bisect", "msgspec", "bedesten.domain",
        "bedesten.services.store_types", "bedesten.services.customers.records", "bedesten.services.sequencing.folds",
    )  # fmt: skip
    folds = [path for path in source_files("services") if path.name.startswith("fold_")]
    found = [
        f"{place(path)}: {name}"
        for path in folds
        for name in imports_of(path)
        if not any(name == each or name.startswith(f"{each}.") for each in allowed)
    ]

    assert len(folds) > 10 and found == []


def test_every_module_is_used() -> None:
    """What nothing in the venue imports is deleted; a test does not keep it alive."""
    imported = {name for path in source_files() for name in imports_of(path)}
    packages = {name.rpartition(".")[0] for name in imported}

    unused = {module_name(path) for path in source_files()} - imported - packages - ENTRANCES.keys()

    assert not sorted(unused)


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "notebooks").glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_is_kept_without_what_it_printed(path: Path) -> None:
    """Format 4.5, each cell with an id of its own, no output and no count, so that a change is read as one of code."""
    notebook = json.loads(path.read_text())
    cells = notebook["cells"]

    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert len({cell["id"] for cell in cells}) == len(cells)
    assert cells[0]["cell_type"] == "markdown" and cells[0]["source"][0].startswith("# ")
    for cell in cells:
        assert cell["cell_type"] == "markdown" or (cell["outputs"], cell["execution_count"]) == ([], None)
        assert cell["metadata"] == {}
    assert path.read_text() == json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
