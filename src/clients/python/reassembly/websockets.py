"""The adapter for `websockets` (asyncio), from version 10.4 on."""

from __future__ import annotations

import asyncio
from typing import Any, Optional, Sequence, Union

import websockets as library
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

from .aio.client import Client
from .aio.options import Options
from .aio.socket import Socket, SocketClosed, closed
from .core.control import SUBPROTOCOL
from .core.errors import ConnectionFailedError

_RETRIED = (408, 429)
_YIELD_EVERY = 8
# Typed differently in every version of the library.
_connect: Any = getattr(library, "connect")


def connect(endpoints: Union[str, Sequence[str]], options: Optional[Options] = None, **settings: Any) -> Client:
    """A client over `websockets`; `settings` (TLS, headers, proxy) go to `websockets.connect` as they are."""
    return Client(_Opener(settings), endpoints, options)


class _Opener:
    def __init__(self, settings: Any) -> None:
        # Chunks are compressed before they are cut, if at all. Its pings would take a peer for dead whose answer lies behind what is
        # on its way; the client itself looks out for silence.
        self._settings = {"compression": None, "ping_interval": None, "close_timeout": 5, **settings}

    async def __call__(self, endpoint: str, receive_frame_bytes: int, timeout: float) -> Socket:
        try:
            socket = await _connect(endpoint, subprotocols=[SUBPROTOCOL], max_size=receive_frame_bytes, open_timeout=None, **self._settings)
        except InvalidHandshake as error:
            status = _status(error)
            is_final = status is not None and 400 <= status < 500 and status not in _RETRIED
            raise ConnectionFailedError(f"{endpoint}: {error}", is_final=is_final) from error
        except InvalidURI as error:
            raise ConnectionFailedError(f"{endpoint}: {error}", is_final=True) from error
        except (OSError, EOFError, ConnectionClosed) as error:
            raise ConnectionFailedError(f"{endpoint}: {error or type(error).__name__}") from error
        if socket.subprotocol != SUBPROTOCOL:
            await socket.close()
            raise ConnectionFailedError(f"{endpoint} does not speak {SUBPROTOCOL}: it did not echo the subprotocol", is_final=True)
        return _Socket(socket)


class _Socket:
    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self._sent = 0

    async def send(self, message: Union[str, bytes]) -> None:
        try:
            await self._socket.send(message)
            self._sent += 1
            if self._sent % _YIELD_EVERY == 0:
                # While its buffer has room the library does not wait, and nobody else would have a turn.
                await asyncio.sleep(0)
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def receive(self) -> Union[str, bytes]:
        try:
            message: Union[str, bytes] = await self._socket.recv()
            return message
        except ConnectionClosed as error:
            raise _closed(error) from error

    async def close(self) -> None:
        await self._socket.close()

    def abort(self) -> None:
        transport = self._socket.transport
        if transport is not None:
            transport.abort()


def _closed(error: ConnectionClosed) -> SocketClosed:
    if error.rcvd is not None:
        return closed(error.rcvd.code, error.rcvd.reason)
    if error.sent is not None and error.sent.code != 1000:
        return SocketClosed(f"this client closed the connection with {error.sent.code} ({error.sent.reason})")
    return closed(None, None)


def _status(error: InvalidHandshake) -> Optional[int]:
    """The HTTP status of a refusal: a field of its own up to version 13, one of the response later."""
    status = getattr(error, "status_code", None)
    return getattr(getattr(error, "response", None), "status_code", None) if status is None else status
