"""The operator's requests to one venue, by name. The command line and the control socket both end here.

Owns how a request is read by its form, called, and noted in the audit log; what there is to ask stands in the table. Arguments
and answers are plain JSON values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from bedesten.domain.texts import is_fit
from bedesten.services.errors import OperationRefused, OutcomeUnknown
from bedesten.services.operator.answers import VenueChangeRow
from bedesten.services.operator.operation import Operation, fields_of
from bedesten.services.operator.table import BY_NAME
from bedesten.services.venue import Venue

__all__ = ["Answer", "OperationRefused", "Operations"]

Answer = list[dict[str, Any]]


class Operations:
    """The operator's requests to one venue."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def call(self, name: str, arguments: Mapping[str, Any], actor: str = "operator") -> Answer:
        """Do what *actor* asks, note it in the audit log, and return its rows.

        Raises: ServiceError; OperationRefused when the request itself is at fault.
        """
        operation = BY_NAME.get(name)
        if operation is None:
            raise OperationRefused(f"there is no operation {name!r}")
        if not operation.is_noted:
            return _told(await self._called(operation, arguments))
        try:
            return _told(await self._noted(operation, arguments, actor))
        except OutcomeUnknown as error:
            raise OutcomeUnknown(
                f"the outcome is unknown; look whether it was done before you ask again: {error}"
            ) from error

    async def _noted(
        self, operation: Operation[Any, Any], arguments: Mapping[str, Any], actor: str
    ) -> list[msgspec.Struct]:
        def about() -> int:
            return self._about(operation, arguments)

        async with self._venue.audit.noting(actor, operation.name, arguments, about) as noted:
            rows = await self._called(operation, arguments)
            if rows and operation.answer is VenueChangeRow:
                noted["changes"] = [f"{row.key}: {row.before or 'none'} → {row.after or 'none'}" for row in rows]
            return rows

    # Whose data key seals what the audit log says of it: so it is lost with that customer's other texts.
    def _about(self, operation: Operation[Any, Any], arguments: Mapping[str, Any]) -> int:
        for field in reversed(
            fields_of(operation.form)
        ):  # an e-mail address stands behind the name that it is given to
            text = arguments.get(field.name) if field.is_holder else None
            if isinstance(text, str) and (customer := self._venue.customers.register.by_login(text)) is not None:
                return customer.account
        return 0

    async def _called(self, operation: Operation[Any, Any], arguments: Mapping[str, Any]) -> list[Any]:
        try:
            form = msgspec.convert(arguments, operation.form)  # what is no text must not get as far as the journal
            _check_texts(operation, form)
            return list(await operation.call(self._venue, form))
        except (msgspec.ValidationError, ValueError) as error:
            raise OperationRefused(str(error)) from error


def _told(rows: list[msgspec.Struct]) -> Answer:
    return [msgspec.to_builtins(row) for row in rows]


def _check_texts(operation: Operation[Any, Any], form: msgspec.Struct) -> None:
    for field in fields_of(operation.form):
        value = getattr(form, field.name)
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not field.is_path and not is_fit(text, in_lines=field.has_lines):
                raise OperationRefused(
                    f"{field.name} holds a control character, or half a character: {ascii(text[:64])}"
                )
