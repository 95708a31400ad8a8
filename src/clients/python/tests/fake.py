"""A server that keeps one message in memory and does what a test tells it to, to see what a real one does too seldom."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any, Awaitable, Callable, Dict, List, Optional

import websockets

from reassembly.core.frames import read_chunk

Hook = Callable[["FakeConnection", Dict[str, Any]], Awaitable[bool]]
LIMITS = {"frameBytes": 4_096, "chunkBytes": 4_048, "minChunkBytes": 256, "windowBytes": 16_384, "idleSeconds": 60}


class FakeConnection:
    def __init__(self, fake: "FakeServer", socket: Any, number: int) -> None:
        self.fake = fake
        self.number = number
        self.chunks = 0
        self.window = LIMITS["windowBytes"]
        self._socket = socket

    async def say(self, **message: Any) -> None:
        await self._socket.send(json.dumps(message))

    async def say_bytes(self, message: bytes) -> None:
        await self._socket.send(message)

    async def ack(self) -> None:
        durable = len(self.fake.bytes)
        await self.say(type="ack", id=self.fake.id, durable=durable, missing=[], credit=durable + self.window)

    async def run(self) -> None:
        await self.say(type="welcome", protocol="reassembly.v1", connection="c", node="n", durability="memory", limits=LIMITS)
        async for data in self._socket:
            if isinstance(data, bytes):
                chunk = read_chunk(data)
                said: Dict[str, Any] = {"type": "chunk", "id": str(uuid.UUID(bytes=chunk.id)), "chunk": chunk}
                self.chunks += 1
                self.fake.frames.append((self.number, chunk.offset, len(chunk.payload)))
            else:
                said = json.loads(data)
                self.fake.texts.append((self.number, said))
            if await self.fake.hook(self, said):
                await self._serve(said)

    async def _serve(self, said: Dict[str, Any]) -> None:
        fake, kind = self.fake, said["type"]
        if kind in ("open", "status"):
            fake.id = said["id"]
            await self.ack()
        elif kind == "chunk":
            fake.id, chunk = said["id"], said["chunk"]
            end = chunk.offset + len(chunk.payload)
            if chunk.offset <= len(fake.bytes) < end:
                fake.bytes += chunk.payload[len(fake.bytes) - chunk.offset :]
            if chunk.is_last and end == len(fake.bytes):
                await self.say(type="outcome", id=fake.id, state="committed", size=end)
            else:
                await self.ack()
        elif kind == "ping":
            await self.say(type="pong", nonce=said["nonce"])


async def _serve_as_usual(_: FakeConnection, __: Dict[str, Any]) -> bool:
    return True


class FakeServer:
    """hook: sees all that comes, before it is served; returns whether to serve it."""

    def __init__(self, hook: Optional[Hook] = None, subprotocols: Optional[List[str]] = None) -> None:
        self.hook = hook or _serve_as_usual
        self.id = ""
        self.bytes = bytearray()
        self.frames: List["tuple[int, int, int]"] = []
        self.texts: List["tuple[int, Dict[str, Any]]"] = []
        self.connections = 0
        self._subprotocols = ["reassembly.v1"] if subprotocols is None else subprotocols

    async def __aenter__(self) -> "FakeServer":
        async def handle(socket: Any, *_: Any) -> None:
            self.connections += 1
            try:
                await FakeConnection(self, socket, self.connections).run()
            except websockets.exceptions.ConnectionClosed:
                pass

        offered = self._subprotocols or None
        self._server = await websockets.serve(handle, "127.0.0.1", 0, subprotocols=offered, max_size=None, ping_interval=None, close_timeout=1)
        self.url = f"ws://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}/ws"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await asyncio.wait_for(self._server.wait_closed(), 30)
