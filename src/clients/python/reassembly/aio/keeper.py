"""Keeps one usable connection for as long as a client lives."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Awaitable, Callable, List, Optional, Sequence, Set

from ..core.backoff import Backoff
from ..core.errors import ConnectionFailedError, ReassemblyError
from .connection import Connection
from .options import Options

_TOO_BIG = 1009


class Keeper:
    """A lost connection is replaced after a random wait, round robin over all endpoints.

    One that says goaway stays current until its successor has heard welcome; then it is left open for the acks of what is still on
    its way, until its server closes it or its grace time is over.
    """

    def __init__(
        self, options: Options, endpoints: Sequence[str], open: Callable[[str], Awaitable[Connection]], on_change: Callable[[], None]
    ) -> None:
        self.last_failure: Optional[ConnectionFailedError] = None
        self.frame_cap = sys.maxsize
        """The largest frame, header included, that this client sends; lowered when a hop said that one was too big."""
        self._options = options
        self._endpoints = endpoints
        self._next_endpoint = 0
        self._open = open
        self._on_change = on_change
        self._backoff = Backoff(options.backoff_base, options.backoff_cap)
        self._current: Optional[Connection] = None
        self._leaving: Set["asyncio.Task[None]"] = set()
        self._keeping: Optional["asyncio.Task[None]"] = None
        self._fault: Optional[BaseException] = None
        self.is_closed = False

    @property
    def current(self) -> Optional[Connection]:
        """The connection to use for whatever comes next; None while there is none."""
        return None if self._current is None or self._current.is_closed else self._current

    async def start(self) -> None:
        """Makes the first connection and starts keeping.

        Raises ConnectionFailedError: none within the give-up time, or every endpoint refused.
        """
        deadline = time.monotonic() + self._options.give_up_after
        refusals = 0
        while True:
            try:
                self._current = await self._open(self._endpoint())
                break
            except ConnectionFailedError as error:
                refusals = refusals + 1 if error.is_final else 0
                if refusals >= len(self._endpoints) or time.monotonic() >= deadline:
                    raise
            await asyncio.sleep(self._backoff.next())
        self._keeping = asyncio.ensure_future(self._keep(self._current))

    def raise_if_stopped(self) -> None:
        if self._fault is not None:
            raise ReassemblyError(f"the client cannot go on: {self._fault}") from self._fault
        if self.is_closed:
            raise ReassemblyError("the client is closed")

    async def close(self) -> None:
        self.is_closed = True
        self._on_change()
        tasks: List["asyncio.Task[None]"] = list(self._leaving)
        if self._keeping is not None:
            tasks.append(self._keeping)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._current is not None:
            await self._current.close(self._options.abort_timeout)

    async def _keep(self, connection: Connection) -> None:
        try:
            while True:
                await connection.left.wait()
                self._note_end(connection)
                self._on_change()
                successor = await self._reopen()
                self._current = successor
                leaving = asyncio.ensure_future(self._leave(connection))
                self._leaving.add(leaving)
                leaving.add_done_callback(self._leaving.discard)
                connection = successor
                self._on_change()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # Nobody awaits this loop: whoever sends must hear of it.
            self._fault = error
            self._on_change()

    def _note_end(self, connection: Connection) -> None:
        if connection.has_served:
            self._backoff.reset()
        if not connection.is_closed:
            return
        self.last_failure = ConnectionFailedError(f"{connection.endpoint}: {connection.end_reason}")
        if connection.end_code == _TOO_BIG and connection.largest_frame > 0:
            self.frame_cap = min(self.frame_cap, connection.largest_frame // 2)

    async def _reopen(self) -> Connection:
        while True:
            await asyncio.sleep(self._backoff.next())
            try:
                return await self._open(self._endpoint())
            except ConnectionFailedError as error:
                self.last_failure = error
                self._on_change()

    async def _leave(self, connection: Connection) -> None:
        if not connection.is_closed and connection.goaway is not None:
            await connection.wait_ended(connection.goaway.grace_ms / 1000)
        await connection.close(self._options.abort_timeout)

    def _endpoint(self) -> str:
        endpoint = self._endpoints[self._next_endpoint % len(self._endpoints)]
        self._next_endpoint += 1
        return endpoint
