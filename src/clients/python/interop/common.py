"""What the drivers of both libraries share: the command line, and the commands that use the thin client."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import importlib
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any, Dict, Protocol

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "plain"), str(ROOT / "interop")]

import reassembly  # noqa: E402

ANSWER_SECONDS = 60


class Library(Protocol):
    """One WebSocket library: `connect` is this client over it; all else is the library unmodified."""

    def version(self) -> str: ...

    def connect(self, url: str, options: reassembly.Options) -> reassembly.Client: ...

    async def raw(self, url: str, path: str, fragment: int) -> Dict[str, Any]: ...

    async def json(self, url: str, path: str, channel: str) -> Dict[str, Any]: ...

    async def oversize(self, url: str, size: int, count: int) -> Dict[str, Any]: ...

    async def flood(self, url: str, path: str, frame_bytes: int) -> Dict[str, Any]: ...

    async def deflate(self, url: str, size: int) -> Dict[str, Any]: ...


def load_library(name: str) -> Any:
    return importlib.import_module(f"with_{name}")


def main(name: str) -> None:
    arguments = _parse(name)
    try:
        result = asyncio.run(_run(load_library(name), arguments))
    except Exception as error:  # Whatever went wrong is the answer to whoever runs this.
        result = {"error": str(error) or type(error).__name__}
    print(json.dumps(result), flush=True)
    sys.exit(1 if "error" in result or result.get("type") == "error" else 0)


def _parse(name: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"drive-{name}")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("versions")
    for command in ("send", "receive", "raw", "json", "oversize", "flood", "deflate"):
        options = commands.add_parser(command)
        options.add_argument("--url", required=True)
        if command in ("send", "raw", "json", "flood"):
            options.add_argument("--file", required=True)
        if command in ("send", "json", "receive"):
            options.add_argument("--channel", required=command == "receive")
        if command in ("oversize", "deflate"):
            options.add_argument("--bytes", type=int, required=True)
        if command == "send":
            options.add_argument("--id")
            options.add_argument("--encoding", choices=("identity", "gzip", "br"), default="identity")
        elif command == "receive":
            options.add_argument("--out", required=True)
            options.add_argument("--frame-bytes", type=int, default=65_536)
        elif command == "raw":
            options.add_argument("--fragment", type=int, default=0)
        elif command == "oversize":
            options.add_argument("--count", type=int, default=100)
        elif command == "flood":
            options.add_argument("--frame-bytes", type=int, required=True)
    return parser.parse_args()


async def _run(library: Library, arguments: argparse.Namespace) -> Dict[str, Any]:
    command = arguments.command
    if command == "versions":
        return {"library": library.version(), "runtime": f"python {platform.python_version()}"}
    if command == "send":
        return await _send(library, arguments)
    if command == "receive":
        return await _receive(library, arguments)
    if command == "raw":
        return await library.raw(arguments.url, arguments.file, arguments.fragment)
    if command == "json":
        return await library.json(arguments.url, arguments.file, arguments.channel or "default")
    if command == "oversize":
        return await library.oversize(arguments.url, arguments.bytes, arguments.count)
    if command == "flood":
        return await library.flood(arguments.url, arguments.file, arguments.frame_bytes)
    return await library.deflate(arguments.url, arguments.bytes)


async def _send(library: Library, arguments: argparse.Namespace) -> Dict[str, Any]:
    def tell(progress: reassembly.Progress) -> None:
        print(f"{progress.event}: {progress.durable} durable, {progress.sent} sent {progress.detail}".rstrip(), file=sys.stderr)

    started = time.perf_counter()
    async with library.connect(arguments.url, reassembly.Options()) as client:
        result = await client.send(
            arguments.file,
            id=arguments.id,
            channel=arguments.channel,
            compression=None if arguments.encoding == "identity" else arguments.encoding,
            check_digest=True,
            on_progress=tell,
        )
    return {
        "id": result.id,
        "state": "committed",
        "size": result.size,
        "sha256": result.sha256,
        "connections": result.connections,
        "sentBytes": result.bytes_sent,
        "seconds": time.perf_counter() - started,
    }


async def _receive(library: Library, arguments: argparse.Namespace) -> Dict[str, Any]:
    options = reassembly.Options(receive_frame_bytes=arguments.frame_bytes)
    digest = hashlib.sha256()
    size = 0
    async with library.connect(arguments.url, options) as client:
        async for message in client.subscribe(arguments.channel):
            print(f"message {message.id} of {message.size} bytes, attempt {message.attempt}", file=sys.stderr)
            with open(arguments.out, "wb") as file:
                async for piece in message:
                    file.write(piece)
                    digest.update(piece)
                    size += len(piece)
            await message.complete()
            return {"id": message.id, "size": size, "sha256": digest.hexdigest(), "attempt": message.attempt}
    raise RuntimeError("the subscription ended without a message")
