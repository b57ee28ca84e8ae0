"""JSON schemas of what the contract tables speak of: for the OpenAPI and AsyncAPI documents, and for tests of answers.

Owns how a type becomes a schema. What clients send and what they read differ in one point: a field with a default may be left
out of a request, but always stands in an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from bedesten.dialects.bodies import Body, Media, kinds_of

Json = dict[str, Any]

_REF: Final = "#/components/schemas/{name}"
_GENERIC: Final = re.compile(r"\W+")
_MODULES: Final = re.compile(r"\b(\w+\.)+(?=\w)")


class Schemas:
    """The schemas of one document. *sent* are bodies of requests, *answered* of answers."""

    def __init__(self, sent: Iterable[Body], answered: Iterable[Body]) -> None:
        inputs, outputs = _distinct(sent), _distinct(answered)
        kinds = {**inputs, **outputs}
        made, components = msgspec.json.schema_components(
            kinds.values(), schema_hook=lambda kind: {}, ref_template=_REF
        )
        self._made: Mapping[str, Json] = dict(zip(kinds, made, strict=True))
        #: By name, as the document has them.
        self.components: dict[str, Json] = components
        self._bound_tuples()
        self._say_constants()
        self._complete(inputs, outputs)
        self._name_generics()

    def of(self, body: Body) -> Json | None:
        """Return the schema of a JSON body; None where it is none."""
        schemas = [self._made[repr(kind)] for kind in kinds_of(body) if not isinstance(kind, Media)]
        if not schemas:
            return None
        return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}

    def resolved(self, schema: Json) -> Json:
        """Return *schema*, or the component that it refers to."""
        reference = schema.get("$ref")
        return schema if reference is None else self.components[_name(reference)]

    def _bound_tuples(self) -> None:
        # that nothing follows a tuple's items is said twice, and by `false` in a way that generators of clients stumble over
        for part in parts([*self._made.values(), *self.components.values()]):
            if part.get("items") is False and "maxItems" in part:
                del part["items"]

    def _say_constants(self) -> None:
        # a choice of one is a constant: generators of clients know no choice among truth values or nulls
        for part in parts([*self._made.values(), *self.components.values()]):
            if isinstance(part.get("enum"), list) and len(part["enum"]) == 1:
                part["const"] = part.pop("enum")[0]

    def _complete(self, inputs: Iterable[str], outputs: Iterable[str]) -> None:
        # a default says that a request may do without the field; an answer has it nevertheless
        reached = self._reached(self._made[kind] for kind in outputs)
        asked = self._reached(self._made[kind] for kind in inputs)
        for name in sorted(reached):
            schema = self.components[name]
            defaulted = [field for field, shape in schema.get("properties", {}).items() if "default" in shape]
            if not defaulted:
                continue
            if name in asked:
                raise ValueError(
                    f"{name} is sent by clients and to them, and has fields with defaults: make it two types"
                )
            required = {*schema.get("required", ()), *defaulted}
            schema["required"] = [field for field in schema["properties"] if field in required]
            for field in defaulted:
                del schema["properties"][field]["default"]

    def _reached(self, schemas: Iterable[Json]) -> set[str]:
        found: set[str] = set()
        waiting = [_name(reference) for schema in schemas for reference in references(schema)]
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += [_name(reference) for reference in references(self.components[name])]
        return found

    def _name_generics(self) -> None:
        # msgspec names Page[list[some.module.Order]] Page_list_some.module.Order__; a client wants to read PageListOrder
        better: dict[str, str] = {}
        for name, schema in self.components.items():
            title = _MODULES.sub("", schema.get("title", name))
            wanted = "".join(word[:1].upper() + word[1:] for word in _GENERIC.split(title) if word)
            is_free = wanted not in self.components and wanted not in better.values()
            better[name] = wanted if "[" in title and is_free else name
            schema["title"] = better[name]
        self.components = {better[name]: schema for name, schema in self.components.items()}
        for schema in (*self.components.values(), *self._made.values()):
            for part in parts(schema):
                if "$ref" in part:
                    part["$ref"] = _REF.format(name=better.get(_name(part["$ref"]), _name(part["$ref"])))


def parts(schema: Any) -> Iterator[Json]:
    """Yield every object within a schema, itself included."""
    if isinstance(schema, dict):
        yield schema
        for value in list(schema.values()):
            yield from parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value)


def references(schema: Json) -> list[str]:
    """Return what a schema refers to."""
    return [part["$ref"] for part in parts(schema) if isinstance(part.get("$ref"), str)]


def _distinct(bodies: Iterable[Body]) -> dict[str, Any]:
    kinds = (kind for body in bodies for kind in kinds_of(body))
    return {repr(kind): kind for kind in kinds if not isinstance(kind, Media)}


def _name(reference: str) -> str:
    return reference.rsplit("/", 1)[1]
