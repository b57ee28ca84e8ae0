"""The operator's way into a running venue: a socket in its data directory, readable by its owner alone.

One JSON line asks, one JSON line answers. Never reachable over the network.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pwd
import socket
import struct
from pathlib import Path
from typing import Any, Final

import msgspec

from bedesten.services.errors import OperationRefused, ServiceError
from bedesten.services.operator.operations import Answer, Operations

SOCKET_NAME: Final = "control.sock"
LINE_BYTES_MAX: Final = 8 * 1024 * 1024  # a whole venue file, escaped; the others are a few hundred bytes
ANSWER_BYTES_MAX: Final = 64 * 1024 * 1024  # every account of a large venue
_CREDENTIALS: Final = struct.Struct("3i")  # of Linux: process, user, group
PATH_BYTES_MAX: Final = 100  # what a socket's address can hold, with some room
ASKED_WAIT_S: Final = 10.0  # for operations under way when the venue stops: twice the grace of customers' requests
LAST_WORDS_S: Final = 1.0  # for the answers of those that took longer
INTERRUPTED: Final = (
    "the venue stopped meanwhile and the outcome is unknown; look whether it was done before you ask again"
)

_log = logging.getLogger("bedesten.server.control")


class Ask(msgspec.Struct):
    """A request line."""

    operation: str
    arguments: dict[str, Any] = {}


class Told(msgspec.Struct, omit_defaults=True):
    """An answer line: rows, or what was wrong."""

    rows: list[dict[str, Any]] = []
    error: str = ""


class ControlSocket:
    """Answers operators until it is closed."""

    def __init__(self, directory: Path, operations: Operations) -> None:
        self._path = directory / SOCKET_NAME
        self._operations = operations
        self._server: asyncio.AbstractServer | None = None
        self._connected: set[asyncio.Task[None]] = set()
        self._asked: set[asyncio.Task[None]] = set()  # of these, those that are having something done

    async def open(self) -> None:
        """Listen; a socket that a crash left behind is replaced, as the directory's lock is ours."""
        if len(os.fsencode(self._path)) > PATH_BYTES_MAX:
            _log.warning(
                "the path of %s is too long for a socket: operate on this venue while it is stopped", self._path
            )
            return
        self._path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, self._path, limit=LINE_BYTES_MAX)
        self._path.chmod(0o600)

    async def close(self) -> None:
        """Stop listening, and return when everything that was asked is done, noted and answered.

        To be called while commands are still taken. The answer of an operation that takes longer than ASKED_WAIT_S says that
        its outcome is unknown.
        """
        if self._server is None:
            return
        self._server.close()
        self._path.unlink(missing_ok=True)
        for task in self._connected - self._asked:
            task.cancel()  # connections without an operation under way
        if self._asked:
            await asyncio.wait(tuple(self._asked), timeout=ASKED_WAIT_S)
        for task in self._asked:
            task.cancel()
        if self._connected:
            await asyncio.wait(tuple(self._connected), timeout=LAST_WORDS_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: Any = asyncio.current_task()
        self._connected.add(task)
        try:
            line = await reader.readline()
            self._asked.add(task)
            told = await self._told(line, _asker(writer.get_extra_info("socket")))
            writer.write(msgspec.json.encode(told) + b"\n")
            await writer.drain()
        except (ValueError, ConnectionError) as error:
            _log.warning("an operator's request was dropped: %s", error)
        except asyncio.CancelledError:  # the venue has stopped; the task ends here anyway
            if task in self._asked:
                writer.write(msgspec.json.encode(Told(error=INTERRUPTED)) + b"\n")
        finally:
            self._connected.discard(task)
            self._asked.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _told(self, line: bytes, actor: str) -> Told:
        try:
            ask = msgspec.json.decode(line, type=Ask)
            return Told(rows=await self._operations.call(ask.operation, ask.arguments, actor))
        except (msgspec.MsgspecError, RecursionError, ServiceError) as error:
            return Told(error=str(error))


def _asker(connection: Any) -> str:
    # The kernel says who is at the other end; a client cannot claim to be another user.
    if not hasattr(socket, "SO_PEERCRED"):
        return operator(os.getuid())  # the socket's mode lets no other user in
    _, uid, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return operator(uid)


def operator(uid: int) -> str:
    """Return the name by which the audit log knows the system's user of that number."""
    try:
        return f"operator {pwd.getpwuid(uid).pw_name}"
    except KeyError:
        return f"operator {uid}"


async def ask_running(directory: Path, operation: str, arguments: dict[str, Any]) -> Answer | None:
    """Ask the venue that runs on *directory*; None when none does.

    Raises: OperationRefused with its words.
    """
    try:
        reader, writer = await asyncio.open_unix_connection(directory / SOCKET_NAME, limit=ANSWER_BYTES_MAX)
    except PermissionError as error:
        raise OperationRefused(f"the venue in {directory} runs as somebody else: operate on it as its owner") from error
    except OSError:  # no socket, nobody behind it, or a path that is too long for one
        return None
    try:
        writer.write(msgspec.json.encode(Ask(operation, arguments)) + b"\n")
        await writer.drain()
        answer = await reader.readline()
    except UnicodeEncodeError as error:
        raise OperationRefused("what is asked is not UTF-8 text") from error
    except ConnectionError:
        answer = b""
    finally:
        writer.close()
    if not answer:
        raise OperationRefused(
            f"the venue in {directory} ended, or dropped the request, before it answered: look whether it was done"
        )
    told = msgspec.json.decode(answer, type=Told)
    if told.error:
        raise OperationRefused(told.error)
    return told.rows
