"""What a field of a record is: its unit and its meaning, said once and beside its name.

A record is a class whose fields are annotated:

    price: Annotated[int, Field(TICKS, "the limit; 0 for a market order")]

Commands, events and the rows of orders are described so, and so is what the core keeps in memory. Names of columns, C
structs, snapshots and the pages of the documentation are made from these descriptions.
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

# Units. A field whose values are those of an enum has the enum for its unit.
TICKS: Final = "ticks"
LOTS: Final = "lots"
MINOR: Final = "minor units"  # of the asset that the meaning names
BASE: Final = "minor units of the base asset"
QUOTE: Final = "minor units of the quote asset"
NS: Final = "ns since 1970"
NS_LONG: Final = "ns"
PPM: Final = "parts per million"
PPB: Final = "parts per billion"
COUNT: Final = "count"
FLAG: Final = "0 or 1"
ID: Final = "id"  # of what the meaning names: an account's number, an order's id
CODE: Final = "code"  # a number whose meaning depends on other fields


@dataclass(frozen=True)
class Field:
    """A field's unit and meaning."""

    unit: str | type[IntEnum]
    meaning: str

    @property
    def unit_name(self) -> str:
        """The unit as the documentation prints it: its own word, or the enum's name."""
        return self.unit if isinstance(self.unit, str) else self.unit.__name__


def _fields_of(record: type) -> dict[str, Field]:
    """Return a record's fields by name, in the order they stand in.

    Raises: TypeError when a field has no description.
    """
    found: dict[str, Field] = {}
    for name, hint in typing.get_type_hints(record, include_extras=True).items():
        if typing.get_origin(hint) is typing.ClassVar:
            continue
        described = [each for each in getattr(hint, "__metadata__", ()) if isinstance(each, Field)]
        if len(described) != 1:
            raise TypeError(f"{record.__name__}.{name} needs one Field, has {len(described)}")
        found[name] = described[0]
    return found


fields_of: Final[Callable[[type], dict[str, Field]]] = functools.cache(_fields_of)
