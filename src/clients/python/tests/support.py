"""What the tests share: vectors, a real server, proxies, and a seed that a failure prints."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path
from typing import Any, AsyncIterator, Callable, Dict, List, Optional, Tuple

ROOT = Path(__file__).resolve().parents[4]
PATIENCE = 120.0


def vectors(name: str) -> List[Dict[str, Any]]:
    with open(ROOT / "tests" / "vectors" / name, encoding="utf-8") as file:
        found: List[Dict[str, Any]] = json.load(file)["vectors"]
    assert found, name
    return found


def seeded(test: unittest.TestCase) -> random.Random:
    """A random source whose seed is printed should the test fail; REASSEMBLY_SEED repeats it."""
    seed = int(os.environ.get("REASSEMBLY_SEED") or random.randrange(2**32))
    original = test.id()

    def tell() -> None:
        outcome = getattr(test, "_outcome", None)
        if outcome is not None and not outcome.success:
            print(f"{original}: REASSEMBLY_SEED={seed}")

    test.addCleanup(tell)
    return random.Random(seed)


async def pieces(data: bytes, length: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), length):
        yield data[start : start + length]


def find_server() -> List[str]:
    """The command of a built server: REASSEMBLY_SERVER, or what `dotnet build` of this tree left."""
    named = os.environ.get("REASSEMBLY_SERVER")
    if named:
        return [named]
    for configuration in ("Release", "Debug"):
        for built in (ROOT / "src" / "Reassembly.Server" / "bin" / configuration).glob("net*/Reassembly.Server"):
            return [str(built)]
    raise RuntimeError("no server to test against: build src/Reassembly.Server, or set REASSEMBLY_SERVER to one")


def free_port() -> int:
    """Below those that the system hands out: nobody gets it while the server is down, least of all a client calling itself."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Server:
    """A real server with a folder of its own; the same port after a restart."""

    def __init__(self, *settings: str) -> None:
        self._settings = settings
        self._folder = tempfile.mkdtemp(prefix="reassembly-python-")
        self._process: Optional["subprocess.Popen[bytes]"] = None
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/ws"

    def start(self) -> None:
        urls = ["--urls", f"http://127.0.0.1:{self.port}", "--Reassembly:Disk:Path", self._folder]
        with open(os.path.join(self._folder, "log"), "ab") as log:
            self._process = subprocess.Popen(find_server() + urls + list(self._settings), stdout=log, stderr=log, cwd=self._folder)
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5):
                    return
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    with open(os.path.join(self._folder, "log"), encoding="utf-8", errors="replace") as text:
                        raise RuntimeError("the server did not start: " + text.read()[-2000:]) from None
                time.sleep(0.05)

    def kill(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE) as answer:
            data: bytes = answer.read()
            return data

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


class Proxy:
    """Passes bytes on between a client and a server, and does harm on the way.

    cut_after: places, in bytes from client to server over the whole life of the proxy, at which the connection is reset.
    refuse_above: WebSocket frames from the client with more payload end the connection with 1009.
    """

    def __init__(self, port: int, cut_after: Tuple[int, ...] = (), refuse_above: Optional[int] = None) -> None:
        self._port = port
        self._cuts = sorted(cut_after)
        self._refuse_above = refuse_above
        self._passed = 0
        self._tasks: List["asyncio.Task[None]"] = []
        self.connections = 0
        self.refused = 0

    async def __aenter__(self) -> "Proxy":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}/ws"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.append(task)
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        back = asyncio.ensure_future(self._pass_back(upstream_reader, writer))
        self._tasks.append(back)
        try:
            if self._refuse_above is None:
                await self._pass_on(reader, upstream_writer)
            else:
                await self._pass_frames(reader, upstream_writer, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            upstream_writer.transport.abort()

    async def _pass_back(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
            writer.close()
        except OSError:
            pass

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            self._passed += len(data)
            writer.write(data)
            await writer.drain()
            if self._cuts and self._passed >= self._cuts[0]:
                self._cuts.pop(0)
                return

    async def _pass_frames(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamWriter) -> None:
        writer.write(await reader.readuntil(b"\r\n\r\n"))
        while True:
            head = await reader.readexactly(2)
            length = head[1] & 0x7F
            if length >= 126:
                more = await reader.readexactly(2 if length == 126 else 8)
                head += more
                length = int.from_bytes(more, "big")
            payload = await reader.readexactly(4 + length)
            assert self._refuse_above is not None
            if length > self._refuse_above:
                self.refused += 1
                reason = b"frame too big for this hop"
                back.write(bytes((0x88, 2 + len(reason))) + (1009).to_bytes(2, "big") + reason)
                # A close without reading on would end in a reset, and the client would see 1006.
                while await asyncio.wait_for(reader.read(65_536), 5):
                    pass
                return
            writer.write(head + payload)
            await writer.drain()


async def eventually(condition: Callable[[], bool], what: str) -> None:
    """Waits until `condition` holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE:g} s for {what}")
        await asyncio.sleep(0.01)
