"""The adapter for Tornado's `websocket_connect`, from version 6 on."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, Deque, Dict, Optional, Sequence, Tuple, Union

from tornado.httpclient import HTTPError, HTTPRequest
from tornado.iostream import StreamClosedError
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, WebSocketError, websocket_connect

from .aio.client import Client
from .aio.options import Options
from .aio.socket import Socket, SocketClosed, closed
from .core.control import SUBPROTOCOL
from .core.errors import ConnectionFailedError

_RETRIED = (408, 429)
_CLOSE_SECONDS = 5.0
# Writes that may be under way before the oldest is awaited. Each takes the event loop two turns however fast it is; so several share them.
_WRITES_AHEAD = 8
_BYTES_AHEAD = 524_288


def connect(endpoints: Union[str, Sequence[str]], options: Optional[Options] = None, **settings: Any) -> Client:
    """A client over Tornado; `settings` (TLS, headers) go to `tornado.httpclient.HTTPRequest` as they are."""
    return Client(_Opener(settings), endpoints, options)


class _Opener:
    def __init__(self, settings: Any) -> None:
        self._settings = settings

    async def __call__(self, endpoint: str, receive_frame_bytes: int, timeout: float) -> Socket:
        # Its own time-outs as well: cancelling websocket_connect alone would leave the connection to itself.
        settings: Dict[str, Any] = {"connect_timeout": timeout, "request_timeout": timeout, **self._settings}
        try:
            request = HTTPRequest(endpoint, **settings)
            socket = await websocket_connect(request, subprotocols=[SUBPROTOCOL], max_message_size=receive_frame_bytes)
        except HTTPError as error:
            is_final = 400 <= error.code < 500 and error.code not in _RETRIED
            raise ConnectionFailedError(f"{endpoint}: {error}", is_final=is_final) from error
        except (OSError, StreamClosedError, WebSocketError) as error:
            raise ConnectionFailedError(f"{endpoint}: {error}") from error
        except (ValueError, KeyError) as error:
            raise ConnectionFailedError(f"{endpoint} is no address of a WebSocket: {error}", is_final=True) from error
        if socket.selected_subprotocol != SUBPROTOCOL:
            socket.close()
            raise ConnectionFailedError(f"{endpoint} does not speak {SUBPROTOCOL}: it did not echo the subprotocol", is_final=True)
        return _Socket(socket)


class _Socket:
    def __init__(self, socket: WebSocketClientConnection) -> None:
        self._socket = socket
        # The library forgets its protocol once it is told to close.
        assert socket.protocol.stream is not None
        self._stream = socket.protocol.stream
        self._ended = asyncio.Event()
        self._writes: Deque[Tuple["asyncio.Future[None]", int]] = deque()
        self._bytes_ahead = 0

    async def send(self, message: Union[str, bytes]) -> None:
        writes, size = self._writes, len(message)
        try:
            writes.append((self._socket.write_message(message, isinstance(message, bytes)), size))
            self._bytes_ahead += size
            while len(writes) > _WRITES_AHEAD or self._bytes_ahead > _BYTES_AHEAD:
                write, size = writes.popleft()
                self._bytes_ahead -= size
                await write
        except (WebSocketClosedError, StreamClosedError) as error:
            self._let_writes_go()
            raise self._closed() from error

    async def receive(self) -> Union[str, bytes]:
        message = None if self._ended.is_set() else await self._socket.read_message()
        if message is None:
            self._ended.set()
            raise self._closed()
        return message

    async def close(self) -> None:
        self._socket.close(1000)
        try:
            await asyncio.wait_for(self._ended.wait(), _CLOSE_SECONDS)
        except asyncio.TimeoutError:
            pass

    def abort(self) -> None:
        self._let_writes_go()
        if not self._stream.closed():
            self._stream.close()
        if not self._ended.is_set():
            self._draining = asyncio.ensure_future(self._drain())

    async def _drain(self) -> None:
        # The library's reader waits while nobody takes what it has read; it must come to see that the stream is closed.
        while await self._socket.read_message() is not None:
            pass
        self._ended.set()

    def _let_writes_go(self) -> None:
        # Of a write that failed behind one that was awaited nobody else hears.
        for write, _ in self._writes:
            write.add_done_callback(_take_note)
        self._writes.clear()
        self._bytes_ahead = 0

    def _closed(self) -> SocketClosed:
        return closed(self._socket.close_code, self._socket.close_reason)


def _take_note(write: "asyncio.Future[None]") -> None:
    if not write.cancelled():
        write.exception()
