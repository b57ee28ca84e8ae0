"""Forms with a file in them: multipart/form-data, RFC 7578, read by python-multipart from a body that is whole and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from bedesten.dialects.refusals import Malformed

if TYPE_CHECKING:
    from bedesten.dialects.contract import Request

PARTS_MAX: Final = 16  # the longest form has four
FIELD_BYTES_MAX: Final = 4_096  # of a field that is no file


class Form(NamedTuple):
    """What was sent: fields by name, the file and what its owner calls it."""

    fields: dict[str, str]
    file: bytes
    filename: str


class _Parts:
    """Collects the parts as the parser meets them."""

    def __init__(self) -> None:
        self.found: list[tuple[bytes, bytes]] = []  # content-disposition and content
        self._name = bytearray()
        self._value = bytearray()
        self._disposition = b""
        self._content = bytearray()

    def begin(self) -> None:
        self._disposition, self._content = b"", bytearray()

    def field(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header(self) -> None:
        if bytes(self._name).lower() == b"content-disposition":
            self._disposition = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def end(self) -> None:
        if len(self.found) >= PARTS_MAX:
            raise Malformed(f"more than {PARTS_MAX} parts")
        self.found.append((self._disposition, bytes(self._content)))


def parse_form(request: Request) -> Form:
    """Return the form of a request.

    Raises: Malformed.
    """
    from python_multipart.exceptions import FormParserError
    from python_multipart.multipart import MultipartParser, parse_options_header

    kind, options = parse_options_header(request.header(b"content-type") or "")
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise Malformed("the body is not multipart/form-data")
    parts = _Parts()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": parts.begin, "on_header_field": parts.field, "on_header_value": parts.value,
                "on_header_end": parts.header, "on_part_data": parts.data, "on_part_end": parts.end,
            },
        )  # fmt: skip
        parser.write(request.body)
        parser.finalize()
    except FormParserError as error:
        raise Malformed("the form cannot be read") from error
    fields: dict[str, str] = {}
    file, filename = b"", ""
    for disposition, content in parts.found:
        _, named = parse_options_header(disposition)
        name = named.get(b"name", b"").decode(errors="replace")
        if b"filename" in named or name == "file":
            file, filename = content, named.get(b"filename", b"").decode(errors="replace")
        elif len(content) <= FIELD_BYTES_MAX:
            fields[name] = content.decode(errors="replace")
        else:
            raise Malformed(f"{name[:32]} is too long", name[:32])
    return Form(fields, file, filename)
