"""A WebSocket client that may misbehave: masked frames by hand over a plain socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass

from tests.unit.server.fake import read_response

HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
    "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n{more}\r\n"
)
TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


def client_frame(payload: bytes, opcode: int = TEXT, *, is_final: bool = True) -> bytes:
    """Return a frame as clients send them, under a mask of zeros."""
    size = len(payload)
    head = bytes([(0x80 if is_final else 0) | opcode])
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 1 << 16:
        length = bytes([0x80 | 126]) + size.to_bytes(2)
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8)
    return head + length + b"\0\0\0\0" + payload


@dataclass
class RawSocket:
    """One connection after its handshake."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, payload: bytes, opcode: int = TEXT, *, is_final: bool = True) -> None:
        self.writer.write(client_frame(payload, opcode, is_final=is_final))
        await self.writer.drain()

    async def frame(self) -> tuple[int, bytes]:
        """Return the next frame's opcode and payload."""
        head = await asyncio.wait_for(self.reader.readexactly(2), 5)
        size = head[1]
        assert not size & 0x80, "a server never masks"
        if size >= 126:
            size = int.from_bytes(await self.reader.readexactly(2 if size == 126 else 8))
        return head[0] & 0x0F, await asyncio.wait_for(self.reader.readexactly(size), 5)

    async def text(self) -> str:
        """Return the next message."""
        opcode, payload = await self.frame()
        assert opcode == TEXT, (opcode, payload)
        return payload.decode()

    async def close_code(self) -> int:
        """Return the code that the server closes with, whatever it says before."""
        while True:
            opcode, payload = await self.frame()
            if opcode == CLOSE:
                return int.from_bytes(payload[:2])

    def abandon(self) -> None:
        self.writer.transport.abort()


async def connect(port: int, path: str = "/fake/ws", *, receive_buffer: int = 0) -> RawSocket:
    """Return an accepted WebSocket; *receive_buffer* bytes make a reader that is soon full."""
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=receive_buffer or 1 << 16)
    writer.write(HANDSHAKE.format(path=path, more="").encode())
    status, _, body = await read_response(reader)
    assert status == 101, (status, body)
    return RawSocket(reader, writer)


async def until(condition: Callable[[], object]) -> None:
    """Return once *condition* holds."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110  # what the server does has no event of ours
            await asyncio.sleep(0.001)
