"""Compiles the core into one extension module, bedesten.core._compiled.

The core is ordinary Python that also runs as it stands. Here its modules are joined into one text, typed by the .pxd files
beside them, and compiled; joined, because C then inlines across them. Without a compiler or Cython the package installs all
the same and runs plain. The compiled module carries SOURCES, a digest of what it was made from, so that a test notices a
stale one.

Environment: BEDESTEN_PURE=1 does not compile; BEDESTEN_REQUIRE_COMPILED=1 makes a failed build an error;
BEDESTEN_CFLAGS adds flags for the C compiler and linker.
"""

from __future__ import annotations

import ast
import graphlib
import hashlib
import importlib
import os
import re
import sys
import textwrap
import types
from pathlib import Path
from typing import Final

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

HERE: Final = Path(__file__).resolve().parent
PACKAGE: Final = HERE / "src" / "bedesten"
CORE: Final = PACKAGE / "core"

#: Never compiled: Python at run time, C in their .pxd files. The .pxd of those that are written here are made by `written`.
TWINS: Final = ["codes", "rows", "records", "layout", "wide"]
WRITTEN: Final = ["codes", "rows", "records"]
#: Where the numbers in codes come from.
VOCABULARY: Final = ["enums", "fields", "columns", "commands", "events", "orders", "money"]

JOINED: Final = Path("build", "joined")  # relative: setuptools wants the sources of an extension so
TARGET: Final = "bedesten.core._compiled"
FLAGS: Final = ["-O3", "-fwrapv", "-g0"]
DIRECTIVES: Final = {
    "language_level": 3,
    "infer_types": True,  # locals become C integers by themselves
    "annotation_typing": False,  # `int` in the sources means a number, not a Python object
    "boundscheck": False,  # indexes are checked at the door
    "wraparound": False,
    "initializedcheck": False,
    "auto_pickle": False,
    "cdivision": True,  # the core divides non-negative numbers only
}


def modules() -> list[str]:
    """Return what is compiled, each after those it uses: every core module that has a .pxd, the twins aside."""
    names = sorted({path.stem for path in CORE.glob("*.pxd")} - {"__init__", *TWINS})
    uses = re.compile(r"^from bedesten\.core\.(\w+) c?import ", re.M)
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for name in names:
        texts = [(CORE / f"{name}{suffix}").read_text() for suffix in (".py", ".pxd")]
        used = {use for text in texts for use in uses.findall(text)}
        sorter.add(name, *sorted(used & set(names) - {name}))
    return list(sorter.static_order())


def sources() -> list[Path]:
    """Return every file the compiled module is made from."""
    core = [CORE / f"{name}{suffix}" for name in modules() + TWINS for suffix in (".py", ".pxd")]
    core = [path for path in core if path.suffix == ".py" or path.stem not in WRITTEN]
    core += [CORE / f"{name}.py" for name in ("rows_pxd", "record_tables", "records_pxd")]
    return [*core, *(PACKAGE / "domain" / f"{name}.py" for name in VOCABULARY), HERE / "setup.py"]


def digest() -> str:
    """Return a name for the present state of the sources."""
    texts = (path.name.encode() + b"\0" + path.read_bytes() for path in sources())
    return hashlib.blake2b(b"\0".join(texts), digest_size=16).hexdigest()


def written() -> dict[str, str]:
    """Return the .pxd files that are made from what the core's modules and the words say, by the name of their twin.

    The packages around them are stood in for, so that nothing else of the venue is imported while it is being built.
    """
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "bedesten"}
    for name in before:
        del sys.modules[name]
    for name, path in {"bedesten": PACKAGE, "bedesten.core": CORE, "bedesten.domain": PACKAGE / "domain"}.items():
        stand_in = types.ModuleType(name)
        stand_in.__path__ = [str(path)]
        sys.modules[name] = stand_in
    try:
        constants = vars(importlib.import_module("bedesten.core.codes"))
        rows = importlib.import_module("bedesten.core.rows_pxd").text()
        records = importlib.import_module("bedesten.core.records_pxd").text()
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "bedesten"]:
            del sys.modules[name]
        sys.modules.update(before)
    named = {name: int(value) for name, value in constants.items() if name[0].isupper() and name.isupper()}
    return {"codes": codes_pxd(named), "rows": rows, "records": records}


def codes_pxd(constants: dict[str, int]) -> str:
    """Return the constants as C: an enum, and 64-bit macros for what an int cannot hold."""
    narrow = {name: value for name, value in constants.items() if -(2**31) <= value < 2**31}
    wide = {name: value for name, value in constants.items() if name not in narrow}
    for name, value in wide.items():
        if not -(2**63) < value < 2**63:
            raise ValueError(f"codes.{name} does not fit 64 bits: {value}")
    lines = ["# written by setup.py from codes.py", "cdef enum:"]
    lines += [f"    {name} = {value}" for name, value in narrow.items()] or ["    pass"]
    if wide:
        lines += ["cdef extern from *:", '    """']
        lines += [f"    #define BEDESTEN_{name} ({value}LL)" for name, value in wide.items()]
        lines += ['    """', *(f'    const long long {name} "BEDESTEN_{name}"' for name in wide)]
    return "\n".join(lines) + "\n"


def join(suffix: str) -> str:
    """Return the modules as one text: imports among them fall away, those of the twins are made once."""
    word = {".py": "import", ".pxd": "cimport"}[suffix]
    own = "|".join(modules())
    among = re.compile(
        rf"^(?:from __future__ import .*|cimport cython|from bedesten\.core(?:\.(?:{own}))? {word} (?:\([^)]*\)|.*))\n",
        re.M,
    )
    head = ["from __future__ import annotations"] if suffix == ".py" else ["cimport cython"]
    head += [f"from bedesten.core {word} {twin}" for twin in TWINS]
    parts = [f"# {name}{suffix}\n" + among.sub("", (CORE / f"{name}{suffix}").read_text()) for name in modules()]
    return "\n".join(head + parts)


def check_modules() -> None:
    """Refuse what joining would get wrong without a word: a name defined twice, a module used by its name.

    Raises: ValueError
    """
    owner: dict[str, str] = {}
    for module in modules():
        tree = ast.parse((CORE / f"{module}.py").read_text())
        for name in top_level_names(tree):
            if owner.setdefault(name, module) != module:
                raise ValueError(f"core/{module}.py and core/{owner[name]}.py both define {name}")
        for node in ast.walk(tree):
            used = [name.name for name in node.names] if isinstance(node, ast.ImportFrom) else []
            if used and node.module == "bedesten.core" and (strange := set(used) - set(TWINS)):
                raise ValueError(f"core/{module}.py: import names from {', '.join(sorted(strange))}, not the module")


def top_level_names(tree: ast.Module) -> set[str]:
    """Return the names that a module itself defines, imports aside."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names.update(target.id for target in targets if isinstance(target, ast.Name))
    return names - {"__all__"}


def write(path: Path, text: str) -> None:
    """Write a file, unless it says so already: Cython and C go by the time of change."""
    if not path.exists() or path.read_text() != text:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def generate() -> Path:
    """Write the joined module and the twins it needs below JOINED; return its path."""
    check_modules()
    place = JOINED / "bedesten" / "core"
    for package in (place.parent, place):
        write(package / "__init__.py", "")
        write(package / "__init__.pxd", "")
    made = written()
    for twin in TWINS:
        write(place / f"{twin}.py", (CORE / f"{twin}.py").read_text())
        write(place / f"{twin}.pxd", made[twin] if twin in made else (CORE / f"{twin}.pxd").read_text())
    write(place / "_compiled.pxd", join(".pxd"))
    write(place / "_compiled.py", f'{join(".py")}\nSOURCES = "{digest()}"\n')
    return place / "_compiled.py"


class BuildCore(build_ext):
    """Joins, translates and compiles the core; when that fails, leaves it plain Python."""

    def run(self) -> None:
        if not self.extensions:
            return
        try:
            self.translate()
            super().run()
        except Exception as failure:  # Cython, setuptools and compilers each fail in their own way
            if os.environ.get("BEDESTEN_REQUIRE_COMPILED"):
                raise
            for stale in CORE.glob("_compiled.*.so"):
                stale.unlink()
            reason = textwrap.shorten(str(failure), 160, placeholder=" ...")
            print(f"bedesten: the core is not compiled and will run as plain Python, slowly: {reason}", file=sys.stderr)
            self.extensions = []

    def translate(self) -> None:
        from Cython.Build import cythonize
        from Cython.Compiler import Errors

        Errors.LEVEL = (
            2  # it warns of each function that a .pxd calls inline and a .py defines; the C is as it should be
        )
        [extension] = self.extensions
        translated = cythonize(
            [Extension(TARGET, [str(generate())])],
            compiler_directives=DIRECTIVES,
            include_path=[str(JOINED)],
            quiet=True,
        )
        extension.sources = translated[0].sources

    def copy_extensions_to_source(self) -> None:
        if self.extensions:
            super().copy_extensions_to_source()


def extensions() -> list[Extension]:
    """Return what there is to compile: the core, or nothing."""
    if os.environ.get("BEDESTEN_PURE") or not (CORE / "machine.pxd").exists():
        return []
    more = os.environ.get("BEDESTEN_CFLAGS", "").split()
    return [Extension(TARGET, [], extra_compile_args=FLAGS + more, extra_link_args=more)]


if __name__ == "__main__":
    setup(ext_modules=extensions(), cmdclass={"build_ext": BuildCore})
