"""One connection that has said hello and heard welcome."""

from __future__ import annotations

import asyncio
from typing import Optional, Protocol

from ..core import control
from ..core.control import GoAway, Limits, ServerMessage, Welcome
from ..core.errors import ConnectionFailedError, ProtocolError, ProtocolViolation
from .options import Options
from .socket import Opener, Socket, SocketClosed

_SIGN_OF_LIFE = 5.0


class ConnectionLost(Exception):
    """What was being written did not, or may not, get through."""


class Listener(Protocol):
    """Hears what a connection reads. Raising ProtocolViolation ends the connection."""

    def on_message(self, connection: "Connection", message: ServerMessage) -> None: ...

    async def on_frame(self, connection: "Connection", frame: bytes) -> None:
        """While it waits, the socket is not read, and the server waits too."""

    def on_ended(self, connection: "Connection") -> None:
        """The last call about this connection."""


async def open_connection(opener: Opener, endpoint: str, options: Options, listener: Listener) -> "Connection":
    """From an address to a greeted connection, within the connect time-out.

    Raises ConnectionFailedError.
    """
    socket: Optional[Socket] = None

    async def attempt() -> "Connection":
        nonlocal socket
        socket = await opener(endpoint, options.receive_frame_bytes, options.connect_timeout)
        hello = control.write("hello", receiveFrameBytes=options.receive_frame_bytes, client=options.client_name)
        await socket.send(hello)
        return Connection(socket, endpoint, options, hello, await _greeting(socket, endpoint), listener)

    try:
        return await asyncio.wait_for(attempt(), options.connect_timeout)
    except asyncio.TimeoutError:
        _abort(socket)
        raise ConnectionFailedError(f"{endpoint} did not answer within {options.connect_timeout:g} s") from None
    except SocketClosed as error:
        _abort(socket)
        raise ConnectionFailedError(f"{endpoint}: {error}") from error
    except BaseException:
        _abort(socket)
        raise


async def _greeting(socket: Socket, endpoint: str) -> Welcome:
    first = await socket.receive()
    try:
        message = control.read(first) if isinstance(first, str) else None
    except control.ControlError:
        message = None
    if isinstance(message, ProtocolError):
        raise ConnectionFailedError(f"{endpoint}: {message.message}", message, is_final=not message.retryable)
    if not isinstance(message, Welcome):
        raise ConnectionFailedError(f"{endpoint} does not speak {control.SUBPROTOCOL}: its first message is not welcome")
    return message


def _abort(socket: Optional[Socket]) -> None:
    if socket is not None:
        socket.abort()


class Connection:
    """One reader, many writers. Ends by itself when its server is gone without a word."""

    def __init__(self, socket: Socket, endpoint: str, options: Options, hello: str, welcome: Welcome, listener: Listener) -> None:
        self.endpoint = endpoint
        self.limits: Limits = welcome.limits
        self.goaway: Optional[GoAway] = None
        self.is_closed = False
        self.has_served = False
        """Whether the server has answered something about a message, or delivered one: then it is worth an early return."""
        self.end_reason = "the connection was closed"
        self.end_code: Optional[int] = None
        self.largest_frame = 0
        """Bytes of the largest frame that was written."""
        self.left = asyncio.Event()
        """Set at the end, and when the server has said goaway."""
        self._socket = socket
        self._hello = hello
        self._listener = listener
        self._silence_timeout = options.silence_timeout
        self._heard = 0
        self._is_held_up = False
        self._ended = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())
        self._watching = asyncio.ensure_future(self._watch())

    async def send(self, type: str, **fields: object) -> None:
        """Writes a control message.

        Raises ConnectionLost.
        """
        await self._say(control.write(type, **fields))

    async def send_frame(self, frame: bytes) -> None:
        """Writes a chunk.

        Raises ConnectionLost.
        """
        if len(frame) > self.largest_frame:
            self.largest_frame = len(frame)
        if self.is_closed:
            raise ConnectionLost(self.end_reason)
        try:
            await self._socket.send(frame)
        except SocketClosed as error:
            raise ConnectionLost(str(error)) from error

    async def wait_ended(self, timeout: float) -> None:
        """Waits for the end, at most this long."""
        try:
            await asyncio.wait_for(self._ended.wait(), timeout)
        except asyncio.TimeoutError:
            pass

    async def close(self, timeout: float) -> None:
        """Says that this is the end, and lets the server say it too, so that what was written last is not lost in a reset."""
        if not self.is_closed:
            closing = asyncio.ensure_future(self._socket.close())
            await asyncio.wait((closing,), timeout=timeout)
            closing.cancel()
        self.abort()
        await asyncio.gather(self._reading, self._watching, return_exceptions=True)

    def abort(self, reason: Optional[str] = None) -> None:
        """Ends the connection now, for `reason` where it would not tell one itself."""
        if not self.is_closed:
            self.end_reason = reason or self.end_reason
            self.is_closed = True
            self._socket.abort()
            self._reading.cancel()

    async def _say(self, message: str) -> None:
        if self.is_closed:
            raise ConnectionLost(self.end_reason)
        try:
            await self._socket.send(message)
        except SocketClosed as error:
            raise ConnectionLost(str(error)) from error

    async def _read(self) -> None:
        try:
            while True:
                message = await self._socket.receive()
                self._heard += 1
                if isinstance(message, str):
                    self._take(message)
                else:
                    self._is_held_up = True
                    await self._listener.on_frame(self, message)
                    self._is_held_up = False
        except SocketClosed as error:
            self.end_reason = str(error)
            self.end_code = error.code
        except ProtocolViolation as error:
            self.end_reason = str(error)
        except asyncio.CancelledError:
            pass
        finally:
            self.is_closed = True
            self._socket.abort()
            self._watching.cancel()
            self._ended.set()
            self.left.set()
            self._listener.on_ended(self)

    def _take(self, text: str) -> None:
        try:
            message = control.read(text)
        except control.ControlError:
            # A server newer than this client may say things that it does not know: those are for newer clients.
            return
        if isinstance(message, GoAway):
            self.goaway = message
            self.left.set()
            return
        if isinstance(message, ProtocolError) and message.scope == "connection":
            self.end_reason = message.message
        elif isinstance(message, (control.Ack, control.Outcome)):
            self.has_served = True
        self._listener.on_message(self, message)

    async def _watch(self) -> None:
        """Asks a silent server whether it is there, and shows it signs of life while the socket is not read.

        Libraries' own pings are of no use here: the answer to one lies behind all that is on its way, in both directions. So a
        receiver that takes its time says hello again, which needs no answer.
        """
        heard, silent_for, asked = -1, 0.0, False
        tick = min(_SIGN_OF_LIFE, self._silence_timeout)
        while True:
            await asyncio.sleep(tick)
            try:
                if self._is_held_up or self._heard != heard:
                    was_held_up, heard, silent_for, asked = self._is_held_up, self._heard, 0.0, False
                    if was_held_up:
                        await asyncio.wait_for(self._say(self._hello), tick)
                    continue
                silent_for += tick
                if silent_for < self._silence_timeout:
                    continue
                if asked:
                    self.abort(f"the server did not answer within {self._silence_timeout:g} s")
                    return
                silent_for, asked = 0.0, True
                await asyncio.wait_for(self._say(control.write("ping", nonce=0)), tick)
            except asyncio.TimeoutError:
                pass
            except ConnectionLost:
                return
