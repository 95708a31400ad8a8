"""`websockets` (asyncio)."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Dict, Optional

import websockets
from websockets.exceptions import ConnectionClosed
from websockets_json import send_json as json
from websockets_raw import send_raw as raw

from common import ANSWER_SECONDS
from reassembly.websockets import connect

__all__ = ["connect", "deflate", "flood", "json", "oversize", "raw", "version"]


def version() -> str:
    return f"websockets {websockets.__version__}"


async def oversize(url: str, size: int, count: int) -> Dict[str, Any]:
    async with websockets.connect(url) as ws:
        reading = asyncio.ensure_future(_read_to_end(ws))
        try:
            for _ in range(count):
                await ws.send(bytes(size))
        except ConnectionClosed:
            pass
        return await asyncio.wait_for(reading, ANSWER_SECONDS)


async def _read_to_end(ws: Any) -> Dict[str, Any]:
    try:
        while True:
            await ws.recv()
    except ConnectionClosed as error:
        return _close(error)


async def flood(url: str, path: str, frame_bytes: int) -> Dict[str, Any]:
    async with websockets.connect(url, compression=None) as ws:
        started, sent = time.perf_counter(), 0
        with open(path, "rb") as file:
            while data := file.read(frame_bytes):
                await ws.send(data)
                sent += len(data)
        await ws.send("done")
        await ws.recv()
        return {"seconds": time.perf_counter() - started, "bytes": sent}


async def deflate(url: str, size: int) -> Dict[str, Any]:
    async with websockets.connect(url, compression="deflate") as ws:
        # Where the extensions are kept moved in version 14.
        extensions = ws.extensions if hasattr(ws, "extensions") else ws.protocol.extensions
        result = {"negotiated": bool(extensions), "code": None, "reason": None, "answer": None}
        try:
            await ws.send(bytes(size))
            result["answer"] = await asyncio.wait_for(_answer(ws), ANSWER_SECONDS)
        except ConnectionClosed as error:
            result.update(_close(error))
        return result


async def _answer(ws: Any) -> Optional[str]:
    while True:
        text = await ws.recv()
        if isinstance(text, str) and '"type":"welcome"' not in text:
            return text


def _close(error: ConnectionClosed) -> Dict[str, Any]:
    return {"code": error.rcvd.code, "reason": error.rcvd.reason} if error.rcvd else {"code": 1006, "reason": ""}
