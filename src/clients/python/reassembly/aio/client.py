"""The client: many messages over one connection, a connection of its own for each subscription."""

from __future__ import annotations

import asyncio
import math
import os
import time
import uuid
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Set, Union

from ..core.control import Ack, Outcome, ServerMessage
from ..core.errors import ProtocolError
from .connection import Connection, Listener, open_connection
from .keeper import Keeper
from .options import Options
from .sending import Progress, SendOperation, SendResult
from .socket import Opener
from .sources import USEFUL_DIGEST_BYTES, Payload, open_source
from .subscription import Subscription


def new_id() -> str:
    """A UUID of version 7: ids made later sort later."""
    value = (int(time.time() * 1000) << 80) | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return str(uuid.UUID(int=value))


def _digest_up_to(check_digest: Optional[bool], has_id: bool, is_announced: bool) -> float:
    """The bytes of the largest payload whose digest is compared here; -1 where none is."""
    if check_digest is None and is_announced:
        return -1
    if check_digest is None and not has_id:
        return USEFUL_DIGEST_BYTES
    return -1 if check_digest is False else math.inf


class Client:
    """Sends and receives messages. An async context manager: `async with connect(url) as client`."""

    def __init__(self, opener: Opener, endpoints: Union[str, Sequence[str]], options: Optional[Options] = None) -> None:
        self._opener = opener
        self._endpoints = (endpoints,) if isinstance(endpoints, str) else tuple(endpoints)
        if not self._endpoints:
            raise ValueError("at least one endpoint is needed")
        self._options = options or Options()
        self._sends: Dict[str, SendOperation] = {}
        self._subscriptions: Set[Subscription] = set()
        self._wakes: Set[asyncio.Event] = set()
        self._keeper = self._make_keeper(self, self._wake_all)

    async def __aenter__(self) -> "Client":
        """Connects. Raises ConnectionFailedError."""
        await self._keeper.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends all subscriptions and the connection. Sends under way raise ReassemblyError."""
        await asyncio.gather(*(subscription.close() for subscription in self._subscriptions))
        await self._keeper.close()

    async def send(
        self,
        payload: Payload,
        *,
        id: Union[str, uuid.UUID, None] = None,
        channel: Optional[str] = None,
        content_type: Optional[str] = None,
        headers: Optional[Mapping[str, str]] = None,
        ttl_seconds: Optional[int] = None,
        compression: Optional[str] = None,
        sha256: Optional[str] = None,
        check_digest: Optional[bool] = None,
        on_progress: Optional[Callable[[Progress], None]] = None,
    ) -> SendResult:
        """Sends one message and waits until it is committed.

        payload: a path, bytes, a binary file from where it stands, or an async iterator of bytes. A file or bytes can be sent again
            from any place; of what cannot seek (a pipe, an iterator, anything compressed) only what is not yet durable is kept.
        id: with an id of the caller's the server is asked first where that message stands, and only what is missing is sent: so an
            interrupted send goes on in another process.
        compression: `gzip` or `br` (needs the `brotli` module), before cutting. The receiver is told.
        sha256: of the payload as sent, where the caller has it: the server then refuses other bytes. Not with `compression`.
        check_digest: whether to compute the SHA-256 here too and compare it with what was committed. Unless said, a payload of at most
            16 MiB as sent is compared, and any with an `id` of the caller's, since part of such a message may have come from elsewhere; not with
            `sha256`, which the server compares. The server has checked the CRC-32C of every chunk in either case, and the result
            carries the SHA-256 that it computed.

        Cancelling aborts the message. Raises ReassemblyError, and what reading the payload raises.
        """
        if sha256 is not None and compression is not None:
            raise ValueError("a digest announced up front is that of the bytes sent, which compression changes: give one or the other")
        message_id = new_id() if id is None else str(uuid.UUID(str(id)))
        if message_id in self._sends:
            raise ValueError(f"this client is sending message {message_id} already")
        digest_up_to = _digest_up_to(check_digest, has_id=id is not None, is_announced=sha256 is not None)
        wake = asyncio.Event()
        source = open_source(payload, compression, self._options.max_unacked_bytes, wake.set, digest_up_to)
        fields: Dict[str, Any] = {
            "id": message_id,
            "size": source.known_size,
            "sha256": sha256,
            "channel": channel,
            "contentType": content_type,
            "contentEncoding": compression,
            "headers": dict(headers) if headers else None,
            "ttlSeconds": ttl_seconds,
        }
        operation = SendOperation(self._keeper, self._options, source, fields, id is not None, wake, on_progress)
        self._sends[message_id] = operation
        self._wakes.add(wake)
        try:
            return await operation.run()
        except asyncio.CancelledError:
            await operation.abort()
            raise
        finally:
            self._wakes.discard(wake)
            del self._sends[message_id]
            await source.close()

    def subscribe(
        self,
        channel: str = "default",
        *,
        in_flight: int = 1,
        decompress: bool = True,
        max_decompressed_bytes: int = 1 << 30,
        buffer_bytes: int = 1 << 20,
        stall_timeout: float = 30,
    ) -> Subscription:
        """The messages of a channel: `async for message in client.subscribe("invoices")`. Ends with the client, or by its `close()`.

        in_flight: messages in hand at once. With more than one, chunks of several come interleaved over one connection: read them
            at the same time, each in its own task, or keep them below `buffer_bytes`; see `stall_timeout`.
        max_decompressed_bytes: the most that decompression of one payload may make.
        buffer_bytes: bytes of one message kept ahead of its reader. When full, the socket is not read, and the server waits.
        stall_timeout: seconds for which a full buffer that nobody reads may hold up others; then its message is given back.
        """
        if in_flight < 1 or buffer_bytes < 1:
            raise ValueError("in_flight and buffer_bytes must be at least 1")
        subscription = Subscription(
            self._options, self._make_keeper, channel, in_flight, decompress, max_decompressed_bytes, buffer_bytes, stall_timeout
        )
        self._subscriptions = {known for known in self._subscriptions if not known.is_closed} | {subscription}
        return subscription

    def on_message(self, connection: Connection, message: ServerMessage) -> None:
        if not isinstance(message, (Ack, Outcome, ProtocolError)):
            return
        if message.id is not None:
            operation = self._sends.get(message.id)
            if operation is not None:
                operation.post(connection, message)
        else:
            # The server could not tell whose frame it was, so each send has to find out whether it was its own.
            for operation in self._sends.values():
                operation.post(connection, message)

    async def on_frame(self, connection: Connection, frame: bytes) -> None:
        """Nothing was subscribed here, so nothing is expected; a newer server's frames are for newer clients."""

    def on_ended(self, connection: Connection) -> None:
        """The keeper sees to it."""

    def _make_keeper(self, listener: Listener, on_change: Callable[[], None]) -> Keeper:
        def open(endpoint: str) -> Any:
            return open_connection(self._opener, endpoint, self._options, listener)

        return Keeper(self._options, self._endpoints, open, on_change)

    def _wake_all(self) -> None:
        for wake in self._wakes:
            wake.set()
