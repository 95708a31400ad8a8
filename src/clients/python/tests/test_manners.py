"""Both adapters against a scripted server: credit, goaway, errors, silence, and what is no server of this protocol."""

from __future__ import annotations

import asyncio
import io
import os
import time
import unittest
import uuid
from typing import Any, Callable, Dict, List, Tuple

import reassembly
import reassembly.tornado
import reassembly.websockets
from reassembly import Client, Options

from .fake import LIMITS, FakeConnection, FakeServer
from .support import pieces

DATA = os.urandom(100_000)
CALM = Options(backoff_base=0.01)
QUICK = Options(ack_timeout=0.2, silence_timeout=0.2, backoff_base=0.01, give_up_after=30)


class Manners:
    """Every test runs over each adapter."""

    connect: Callable[..., Client]

    async def test_hello_names_what_the_library_takes(self: Any) -> None:
        async with FakeServer() as fake, self.connect(fake.url, Options(receive_frame_bytes=12_345)) as client:
            await client.send(b"x")
            hello = fake.texts[0][1]
            self.assertEqual((hello["type"], hello["receiveFrameBytes"]), ("hello", 12_345))
            self.assertTrue(hello["client"].startswith("reassembly-python/"))

    async def test_keeps_to_the_size_of_a_chunk(self: Any) -> None:
        async with FakeServer() as fake, self.connect(fake.url) as client:
            await client.send(DATA)
            self.assertEqual(fake.bytes, DATA)
            sizes = [size for _, _, size in fake.frames]
            self.assertEqual(max(sizes), LIMITS["chunkBytes"])
            self.assertGreaterEqual(min(sizes[:-1]), LIMITS["minChunkBytes"])

    async def test_stops_where_the_credit_ends(self: Any) -> None:
        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            if said["type"] == "chunk":
                reached.set() if said["chunk"].offset + 2 * LIMITS["chunkBytes"] > LIMITS["windowBytes"] else None
                return False
            if said["type"] == "ping":
                ponged.set()
            return True

        reached, ponged = asyncio.Event(), asyncio.Event()
        async with FakeServer(hook) as fake, self.connect(fake.url, Options(silence_timeout=0.2, abort_timeout=0.1)) as client:
            sending = asyncio.ensure_future(client.send(DATA))
            await asyncio.wait_for(reached.wait(), 30)
            # A ping lies behind whatever the client has sent until then.
            await asyncio.wait_for(ponged.wait(), 30)
            self.assertLessEqual(max(offset + size for _, offset, size in fake.frames), LIMITS["windowBytes"])
            sending.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await sending

    async def test_a_digest_is_compared_where_it_is_useful(self: Any) -> None:
        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            if said["type"] in ("open", "status"):
                await connection.say(type="outcome", id=said["id"], state="committed", size=size, sha256="0" * 64)
            return False

        useful, mib = 16 << 20, 1 << 20
        cases: List[Tuple[int, Dict[str, Any], bool]] = [
            (useful, {}, True),
            (useful + 1, {}, False),
            (useful + 1, {"id": uuid.uuid4()}, True),
            (useful + 1, {"check_digest": True}, True),
            (7, {"check_digest": False}, False),
            (7, {"sha256": "0" * 64}, False),
            (7, {"sha256": "1" * 64}, True),
            (7, {"id": uuid.uuid4(), "check_digest": False}, False),
        ]
        async with FakeServer(hook) as fake, self.connect(fake.url) as client:
            for size, options, is_compared in cases:
                data = bytes(size)
                for payload in (data, io.BytesIO(data), pieces(data, mib)):
                    with self.subTest(size=size, options=options, payload=type(payload)):
                        if is_compared:
                            with self.assertRaises(reassembly.PayloadMismatchError):
                                await client.send(payload, **options)
                        else:
                            self.assertEqual((await client.send(payload, **options)).sha256, "0" * 64)

    async def test_goaway_moves_without_sending_anything_twice(self: Any) -> None:
        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            if connection.number == 1 and connection.chunks == 5 and said["type"] == "chunk":
                connection.window = 0  # So that the rest has to go elsewhere.
                await connection.say(type="goaway", reason="this node is going down", graceMs=60_000)
            return True

        async with FakeServer(hook) as fake, self.connect(fake.url, CALM) as client:
            result = await client.send(DATA)
            self.assertEqual(fake.bytes, DATA)
            self.assertEqual((fake.connections, result.connections, result.bytes_resent), (2, 2, 0))
            self.assertIn((2, {"type": "status", "id": result.id}), fake.texts)

    async def test_waits_as_long_as_an_error_says(self: Any) -> None:
        said_at: List[float] = []
        asked_at: List[float] = []

        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            if said["type"] == "chunk" and connection.chunks == 3:
                said_at.append(time.monotonic())
                await connection.say(
                    type="error", code="OVERLOADED", scope="message", id=said["id"], retryable=True, retryAfterMs=300, message="later"
                )
                return False
            if said["type"] == "status":
                asked_at.append(time.monotonic())
            return True

        async with FakeServer(hook) as fake, self.connect(fake.url, CALM) as client:
            await client.send(DATA)
            self.assertEqual(fake.bytes, DATA)
            self.assertGreaterEqual(min(at for at in asked_at if at > said_at[0]) - said_at[0], 0.3)

    async def test_smaller_frames_after_frame_too_big(self: Any) -> None:
        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            if said["type"] == "chunk" and len(said["chunk"].payload) > 1_000:
                limit = {"name": "frameBytes", "max": 1_048, "actual": 4_096, "hop": "proxy"}
                await connection.say(type="error", code="FRAME_TOO_BIG", scope="frame", retryable=False, limit=limit, message="too big")
                return False
            return True

        async with FakeServer(hook) as fake, self.connect(fake.url, QUICK) as client:
            await client.send(DATA)
            self.assertEqual(fake.bytes, DATA)

    async def test_what_is_final_is_not_tried_again(self: Any) -> None:
        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            if said["type"] == "open":
                await connection.say(type="error", code="FORBIDDEN", scope="message", id=said["id"], retryable=False, message="not yours")
                return False
            return True

        async with FakeServer(hook) as fake, self.connect(fake.url, QUICK) as client:
            with self.assertRaisesRegex(reassembly.MessageRejectedError, "not yours") as raised:
                await client.send(DATA)
            self.assertEqual(raised.exception.code, "FORBIDDEN")

    async def test_a_lost_answer_is_asked_for(self: Any) -> None:
        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            return not (said["type"] == "chunk" and connection.chunks < 5)

        async with FakeServer(hook) as fake, self.connect(fake.url, QUICK) as client:
            await client.send(DATA)
            self.assertEqual(fake.bytes, DATA)

    async def test_a_server_that_falls_silent_is_left(self: Any) -> None:
        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            return connection.number > 1 or connection.chunks < 3

        async with FakeServer(hook) as fake, self.connect(fake.url, QUICK) as client:
            result = await client.send(DATA)
            self.assertEqual(fake.bytes, DATA)
            self.assertGreater(result.connections, 1)
            self.assertTrue(any(said["type"] == "ping" for _, said in fake.texts))

    async def test_what_a_newer_server_says_is_passed_over(self: Any) -> None:
        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            if connection.chunks == 2:
                await connection.say(type="weather", degrees=20)
                await connection.say(type="ack", id=said["id"], durable="all")
                await connection.say_bytes(b"\x02 what is this")
            return True

        async with FakeServer(hook) as fake, self.connect(fake.url, QUICK) as client:
            await client.send(DATA)
            self.assertEqual(fake.bytes, DATA)

    async def test_a_server_that_does_not_echo_the_subprotocol_is_refused(self: Any) -> None:
        async with FakeServer(subprotocols=[]) as fake:
            with self.assertRaisesRegex(reassembly.ConnectionFailedError, "echo") as raised:
                async with self.connect(fake.url, QUICK):
                    pass
            self.assertTrue(raised.exception.is_final)

    async def test_a_port_that_never_answers_is_given_up(self: Any) -> None:
        silent = await asyncio.start_server(lambda reader, writer: asyncio.sleep(60), "127.0.0.1", 0)
        port = silent.sockets[0].getsockname()[1]
        with self.assertRaisesRegex(reassembly.ConnectionFailedError, "did not answer|imeout"):
            async with self.connect(f"ws://127.0.0.1:{port}/ws", Options(connect_timeout=0.2, give_up_after=0.1)):
                pass
        silent.close()

    async def test_closing_the_client_ends_its_sends(self: Any) -> None:
        async def hook(connection: FakeConnection, said: Dict[str, Any]) -> bool:
            if said["type"] == "chunk":
                stuck.set()
            return said["type"] != "chunk"

        stuck = asyncio.Event()
        async with FakeServer(hook) as fake, self.connect(fake.url) as client:
            sending = asyncio.ensure_future(client.send(DATA))
            await stuck.wait()
            await client.close()
            with self.assertRaises(reassembly.ReassemblyError):
                await sending


class Websockets(Manners, unittest.IsolatedAsyncioTestCase):
    connect = staticmethod(reassembly.websockets.connect)


class Tornado(Manners, unittest.IsolatedAsyncioTestCase):
    connect = staticmethod(reassembly.tornado.connect)


if __name__ == "__main__":
    unittest.main()
