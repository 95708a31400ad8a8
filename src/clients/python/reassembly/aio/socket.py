"""What an adapter gives: one WebSocket of its library, reduced to what this client needs."""

from __future__ import annotations

from typing import Optional, Protocol, Union


class SocketClosed(Exception):
    """The WebSocket is closed. `code` is None where no close frame said one."""

    def __init__(self, message: str, code: Optional[int] = None) -> None:
        super().__init__(message)
        self.code = code


def closed(code: Optional[int], reason: Optional[str]) -> SocketClosed:
    """The exception for a close frame of the server's, or for none (`code` is None or 1006)."""
    if code is None or code == 1006:
        return SocketClosed("the connection was lost")
    return SocketClosed(f"the server closed the connection with {code}" + (f" ({reason})" if reason else ""), code)


class Socket(Protocol):
    """One open WebSocket that has echoed the subprotocol."""

    async def send(self, message: Union[str, bytes]) -> None:
        """Sends one WebSocket message; returns when the library takes more. May be called by several tasks.

        Raises SocketClosed.
        """

    async def receive(self) -> Union[str, bytes]:
        """The next WebSocket message. Called by one task. While it is not called, the socket is not read for long.

        Raises SocketClosed.
        """

    async def close(self) -> None:
        """Says that this is the end and waits for the server to say it too, no longer than some seconds. Never raises."""

    def abort(self) -> None:
        """Ends the connection now. Never raises."""


class Opener(Protocol):
    """Opens WebSockets with one library."""

    async def __call__(self, endpoint: str, receive_frame_bytes: int, timeout: float) -> Socket:
        """Connects, checks that the subprotocol was echoed. Is cancelled when it takes longer than `timeout` seconds.

        Raises ConnectionFailedError.
        """
