"""What an operation of an operator is: its name, what it takes and answers, who may ask for it, and how it is typed.

Owns the forms of description that the table is written in. Knows no terminal, socket or page: those are made from the table.
"""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

import msgspec
from msgspec import inspect

from bedesten.services.venue import Venue

Form = TypeVar("Form", bound=msgspec.Struct)
Row = TypeVar("Row", bound=msgspec.Struct)


class Role(enum.Enum):
    """What a person among the operators is there for."""

    VIEWER = "viewer"
    SUPPORT = "support"
    TREASURY = "treasury"
    ADMIN = "admin"


MEANINGS: Final[Mapping[Role, str]] = {
    Role.VIEWER: "sees accounts, balances and what is under way",
    Role.SUPPORT: "sees who customers are, and reviews what they tell and show",
    Role.TREASURY: "moves money, and says what arrived and was paid",
    Role.ADMIN: "sets the venue's rules, and who may do what",
}


class Effect(enum.Enum):
    """What an operation does to the venue. Whatever is more than a look has an entry in the audit log."""

    LOOKS = "looks"
    LOOKS_AT_SECRETS = "looks at what is not everybody's"  # identities, documents, messages with codes
    CHANGES = "changes"


class SecondPerson(NamedTuple):
    """When a second person has to agree. when: ends the sentence "A second person agrees when …"; "": always."""

    when: str
    is_needed: Callable[[Any], bool]  # by the form


ALWAYS: Final = SecondPerson("", lambda form: True)


class Spelling(NamedTuple):
    """How an operation is typed.

    usage: the command's words in small letters, then in capitals the fields that are typed behind them without an option's name:
    "keys list [ACCOUNT]", "instruments halt [NAMES]...". Every other field is an option. given: fields that the command says by
    itself.
    """

    usage: str
    summary: str = ""  # where it says something else than the operation's
    given: Mapping[str, Any] = {}

    @property
    def path(self) -> tuple[str, ...]:
        """The words of the command."""
        return tuple(word for word in self.usage.split() if word.islower() and not word.startswith("-"))

    @property
    def placed(self) -> tuple[str, ...]:
        """What is typed behind them by its place, in capitals."""
        return tuple(word.strip("[].") for word in self.usage.split() if word.strip("[].").isupper())


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[Form, Row]):
    """One row of the table. answer: what one row of the answer is; None: nothing is answered."""

    name: str
    call: Callable[[Venue, Form], Awaitable[Sequence[Row]]]
    form: type[Form]
    answer: type[Row] | None
    effect: Effect = Effect.CHANGES
    role: Role
    second_person: SecondPerson | None = None
    summary: str
    nothing: str = ""  # what a person reads when there are no rows
    typed: tuple[Spelling, ...]

    @property
    def is_noted(self) -> bool:
        """Whether it has an entry in the audit log."""
        return self.effect is not Effect.LOOKS


class Group(NamedTuple):
    """Commands that share their first word. default: the operation that the word alone asks for; "": none."""

    summary: str
    default: str = ""


class Switch(NamedTuple):
    """An option that says aloud that a list is left empty."""

    option: str
    meaning: str


def says(
    meaning: str,
    *,
    typed: str = "",
    choices: Sequence[str] = (),
    is_number: bool = False,
    is_path: bool = False,
    has_lines: bool = False,
    is_holder: bool = False,
    empty: Switch | None = None,
) -> msgspec.Meta:
    """Return the description of a field of a form, or of an answer.

    typed: how it is typed where it is not by its own name, "NUMBER" or "--ip"; is_number: may begin with a minus; is_path: any
    characters; has_lines: more than one line; is_holder: may name a customer, with whose
    data key the audit log is sealed then; empty: how a list is left empty on purpose.
    """
    extra = {
        "meaning": meaning, "typed": typed, "choices": tuple(choices), "is_number": is_number, "is_path": is_path,
        "has_lines": has_lines, "is_holder": is_holder, "empty": empty,
    }  # fmt: skip
    return msgspec.Meta(description=meaning, extra=extra)


class Field(NamedTuple):
    """A field of a form or of an answer, as its struct describes it."""

    name: str
    printed: str  # its name in JSON
    kind: type  # str, int, bool, list, or object: anything
    is_required: bool
    default: Any
    meaning: str
    typed: str
    choices: tuple[str, ...]
    is_number: bool
    is_path: bool
    has_lines: bool
    is_holder: bool
    empty: Switch | None


_KINDS: Final[Mapping[type, type]] = {
    inspect.StrType: str, inspect.IntType: int, inspect.BoolType: bool, inspect.ListType: list,
}  # fmt: skip


def fields_of(struct: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the fields of a form or of an answer.

    Raises: TypeError when one is not described.
    """
    described = inspect.type_info(struct)
    assert isinstance(described, inspect.StructType), "forms and answers are structs"
    return tuple(_field(struct, each) for each in described.fields)


def _field(struct: type[msgspec.Struct], found: inspect.Field) -> Field:
    told, kinds = found.type, [found.type]
    if not isinstance(told, inspect.Metadata) or not told.extra:
        raise TypeError(f"{struct.__name__}.{found.name} does not say what it means")
    kinds = list(told.type.types) if isinstance(told.type, inspect.UnionType) else [told.type]
    kind = next((_KINDS[type(each)] for each in kinds if type(each) in _KINDS), object)
    default = found.default_factory() if found.default_factory is not msgspec.NODEFAULT else found.default
    return Field(found.name, found.encode_name, kind, found.required, default, **told.extra)
