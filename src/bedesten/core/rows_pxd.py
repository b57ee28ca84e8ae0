"""The text of rows.pxd: rows of commands, events and orders as C structs, made from the structs that describe them.

Run by the build alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bedesten.domain import commands, events
from bedesten.domain.columns import columns_of
from bedesten.domain.orders import Order


def text() -> str:
    """Return the whole file."""
    records = [
        *(("const ", kind, ["op", "seq", "time_ns"]) for kind in commands.COMMANDS.values()),
        *(("", kind, []) for kind in events.type_of.values()),
        ("", Order, []),
    ]
    structs, declared = [], []
    for const, kind, header in records:
        names = ", ".join([*header, *(column.name for column in columns_of(kind))])
        struct, function = f"Bedesten{kind.__name__}Row", f"{snake(kind.__name__)}_at"
        structs.append(f"    typedef struct {struct} {{ long long {names}; }} {struct};")
        structs.append(f"    static inline {const}{struct} *bedesten_{function}({const}long long *row) {{")
        structs.append(f"        return ({const}{struct} *)row; }}")
        declared += [f'    ctypedef struct {kind.__name__}Row "{struct}":', f"        long long {names}"]
        returned = f"{const}{kind.__name__}Row"
        declared.append(f'    {returned} *{function} "bedesten_{function}"({const}long long *row) noexcept')
    head = ["# written by setup.py from the structs in domain/", "cdef extern from *:"]
    declared.append('    long long surplus "bedesten_surplus"(const long long *row) noexcept')
    return "\n".join([*head, '    """', *structs, *surplus(), '    """', *declared]) + "\n"


def snake(name: str) -> str:
    """Return a CamelCase name in snake_case."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def surplus() -> Iterator[str]:
    """Yield the function that finds a column which an op does not use: nearly always by one look at all of them together."""
    yield "    static inline long long bedesten_surplus(const long long *row) {"
    yield "        long long used, any = 0;"
    yield "        switch (row[0]) {"
    for op, used in commands.USED.items():
        columns = " | ".join(f"row[{at}]" for at in range(used, commands.COMMAND_WIDTH)) or "0"
        yield f"        case {int(op)}: used = {used}; any = {columns}; break;"
    yield "        default: return 0; }"
    yield "        if (__builtin_expect(any == 0, 1)) return 0;"
    yield "        while (row[used] == 0) used++;"
    yield "        return used; }"
