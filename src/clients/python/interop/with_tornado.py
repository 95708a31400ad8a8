"""Tornado's `websocket_connect`."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Dict

import tornado
from tornado.websocket import WebSocketClosedError, websocket_connect
from tornado_json import send_json as json
from tornado_raw import send_raw

from common import ANSWER_SECONDS
from reassembly.tornado import connect

__all__ = ["connect", "deflate", "flood", "json", "oversize", "raw", "version"]


def version() -> str:
    return f"tornado {tornado.version}"


async def raw(url: str, path: str, fragment: int) -> Dict[str, Any]:
    if fragment:
        raise RuntimeError("cannot fragment")
    return await send_raw(url, path)


async def oversize(url: str, size: int, count: int) -> Dict[str, Any]:
    ws = await websocket_connect(url)
    reading = asyncio.ensure_future(_read_to_end(ws))
    try:
        for _ in range(count):
            await ws.write_message(bytes(size), binary=True)
    except WebSocketClosedError:
        pass
    return await asyncio.wait_for(reading, ANSWER_SECONDS)


async def _read_to_end(ws: Any) -> Dict[str, Any]:
    while await ws.read_message() is not None:
        pass
    return _close(ws)


async def flood(url: str, path: str, frame_bytes: int) -> Dict[str, Any]:
    ws = await websocket_connect(url)
    started, sent = time.perf_counter(), 0
    with open(path, "rb") as file:
        while data := file.read(frame_bytes):
            await ws.write_message(data, binary=True)
            sent += len(data)
    await ws.write_message("done")
    await ws.read_message()
    seconds = time.perf_counter() - started
    ws.close()
    return {"seconds": seconds, "bytes": sent}


async def deflate(url: str, size: int) -> Dict[str, Any]:
    ws = await websocket_connect(url, compression_options={})
    negotiated = "permessage-deflate" in ws.headers.get("Sec-WebSocket-Extensions", "")
    result: Dict[str, Any] = {"negotiated": negotiated, "code": None, "reason": None, "answer": None}
    try:
        await ws.write_message(bytes(size), binary=True)
    except WebSocketClosedError:
        pass
    answer = await asyncio.wait_for(_answer(ws), ANSWER_SECONDS)
    if answer is None:
        result.update(_close(ws))
    result["answer"] = answer
    ws.close()
    return result


async def _answer(ws: Any) -> Any:
    while True:
        text = await ws.read_message()
        if text is None or (isinstance(text, str) and '"type":"welcome"' not in text):
            return text


def _close(ws: Any) -> Dict[str, Any]:
    return {"code": ws.close_code or 1006, "reason": ws.close_reason or ""}
