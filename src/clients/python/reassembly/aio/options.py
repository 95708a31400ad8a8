"""How a client behaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional

from ..core.control import SMALLEST_RECEIVE_FRAME
from ..version import VERSION


@dataclass(frozen=True)
class Options:
    """Times in seconds, sizes in bytes."""

    client_name: str = f"reassembly-python/{VERSION}"
    """Told to the server, for its logs."""
    receive_frame_bytes: int = 65_536
    """The largest WebSocket message that this client takes: told to the server, and set in the library (`max_size`,
    `websocket_max_message_size`)."""
    connect_timeout: float = 10
    """For one attempt: TCP, TLS, upgrade and `welcome`."""
    backoff_base: float = 0.1
    """The first attempt after a loss waits a random time up to this; each further one up to twice as long."""
    backoff_cap: float = 10
    """The longest wait between two attempts."""
    give_up_after: float = 120
    """How long to go on trying while not one byte more becomes durable; in receiving, while there is no connection."""
    ack_timeout: float = 5
    """Silence about a message, while something of it is on its way, after which the client asks where it stands."""
    silence_timeout: float = 15
    """Silence of a connection after which the client asks whether anybody is there, and after as much again gives it up."""
    abort_timeout: float = 2
    """The longest that a cancelled send, or a close, takes to tell the server."""
    max_unacked_bytes: int = 8 << 20
    """Bytes of one message that may be sent and not yet durable; what a source that cannot seek keeps in memory."""
    chunk_bytes: Optional[int] = None
    """Payload bytes of a chunk, when smaller than what the server takes; for hops with lower limits of their own."""

    def __post_init__(self) -> None:
        if not 1 <= len(self.client_name) <= 255:
            raise ValueError("client_name must have 1 to 255 characters")
        if self.receive_frame_bytes < SMALLEST_RECEIVE_FRAME:
            raise ValueError(f"receive_frame_bytes must be at least {SMALLEST_RECEIVE_FRAME}")
        if self.max_unacked_bytes < 65_536:
            raise ValueError("max_unacked_bytes must be at least 65536")
        if self.chunk_bytes is not None and self.chunk_bytes < 1:
            raise ValueError("chunk_bytes must be at least 1")
