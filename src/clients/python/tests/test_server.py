"""Both adapters against the real server: sent, cut, killed, received."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import tempfile
import unittest
import uuid
from typing import Any, AsyncIterator, Callable, Dict, List, Optional

import reassembly
import reassembly.tornado
import reassembly.websockets
from reassembly import Client, Options, Progress

from .support import PATIENCE, Proxy, Server, eventually, pieces

MIB = 1 << 20

server: Server


def setUpModule() -> None:
    global server
    server = Server()


def tearDownModule() -> None:
    server.stop()


class AgainstServer:
    """Every test runs over each adapter."""

    connect: Callable[..., Client]

    def get(self, id: str) -> bytes:
        return server.get(f"/messages/{id}")

    async def test_every_kind_of_payload_comes_whole(self: Any) -> None:
        data = os.urandom(700_001)
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            async with self.connect(server.url) as client:
                for payload in (data, file.name, io.BytesIO(data), pieces(data, 10_007), memoryview(data), bytearray(data)):
                    result = await client.send(payload)
                    self.assertEqual(self.get(result.id), data)
                    self.assertEqual((result.size, result.sha256), (len(data), hashlib.sha256(data).hexdigest()))
                    self.assertEqual((result.bytes_sent, result.bytes_resent, result.connections), (len(data), 0, 1))

    async def test_without_a_digest_of_its_own_a_send_gives_the_servers(self: Any) -> None:
        data = os.urandom(3 * MIB)
        async with self.connect(server.url) as client:
            for payload in (data, io.BytesIO(data), pieces(data, 100_000)):
                result = await client.send(payload, check_digest=False)
                self.assertEqual((result.size, result.sha256), (len(data), hashlib.sha256(data).hexdigest()))
                self.assertEqual(self.get(result.id), data)

    async def test_small_and_empty_messages(self: Any) -> None:
        async with self.connect(server.url) as client:
            for data in (b"", b"x", bytes(65_488), bytes(65_489)):
                for payload in (data, pieces(data, 1_000)):
                    result = await client.send(payload)
                    self.assertEqual(self.get(result.id), data)

    async def test_many_messages_share_one_connection(self: Any) -> None:
        payloads = [os.urandom(200_000 + i) for i in range(20)]
        async with Proxy(server.port) as proxy, self.connect(proxy.url) as client:
            results = await asyncio.gather(*(client.send(payload) for payload in payloads))
            self.assertEqual(proxy.connections, 1)
        for payload, result in zip(payloads, results):
            self.assertEqual(result.sha256, hashlib.sha256(payload).hexdigest())

    async def test_a_cut_connection_costs_only_what_was_not_durable(self: Any) -> None:
        data = os.urandom(16 * MIB)
        events: List[Progress] = []
        for payload in (data, pieces(data, 100_000)):
            async with Proxy(server.port, (5 * MIB, 11 * MIB)) as proxy, self.connect(proxy.url) as client:
                result = await client.send(payload, on_progress=events.append)
                self.assertEqual((proxy.connections, result.connections), (3, 3))
            self.assertEqual(hashlib.sha256(self.get(result.id)).digest(), hashlib.sha256(data).digest())
            self.assertLess(result.bytes_sent, 2 * len(data))
            self.assertEqual(result.bytes_resent, result.bytes_sent - len(data))
        names = [event.event for event in events]
        self.assertEqual((names.count("disconnected"), names.count("resumed")), (4, 4))
        durable = [event.durable for event in events[: names.index("resumed", names.index("resumed") + 1)]]
        self.assertEqual(durable, sorted(durable))

    async def test_a_killed_server_goes_on_where_it_was(self: Any) -> None:
        own = Server()
        self.addCleanup(own.stop)
        data = os.urandom(24 * MIB)
        killed: List[int] = []

        def kill_once(progress: Progress) -> None:
            if not killed and progress.durable > len(data) // 4:
                killed.append(progress.durable)
                own.kill()

        async def start_again() -> None:
            await eventually(lambda: bool(killed), "the kill")
            await asyncio.get_running_loop().run_in_executor(None, own.start)

        async with self.connect(own.url) as client:
            restart = asyncio.ensure_future(start_again())
            result = await client.send(io.BytesIO(data), on_progress=kill_once)
            await restart
        self.assertEqual(len(killed), 1)
        self.assertLess(result.bytes_resent, len(data) - killed[0])
        self.assertEqual(hashlib.sha256(own.get(f"/messages/{result.id}")).hexdigest(), hashlib.sha256(data).hexdigest())

    async def test_a_hop_with_a_lower_limit_gets_smaller_frames(self: Any) -> None:
        data = os.urandom(3 * MIB)
        async with Proxy(server.port, refuse_above=32_768) as proxy, self.connect(proxy.url) as client:
            result = await client.send(data)
            self.assertEqual(proxy.refused, 1)
        self.assertEqual(self.get(result.id), data)

    async def test_another_process_goes_on_with_the_same_id(self: Any) -> None:
        data, id = os.urandom(8 * MIB), str(uuid.uuid4())
        async with Proxy(server.port, (4 * MIB,)) as proxy, self.connect(proxy.url, Options(give_up_after=PATIENCE)) as client:
            cut = asyncio.Event()
            first = asyncio.ensure_future(client.send(data, id=id, on_progress=lambda p: cut.set() if p.event == "disconnected" else None))
            await asyncio.wait_for(cut.wait(), PATIENCE)
            await client.close()
            with self.assertRaises(reassembly.ReassemblyError):
                await first
        async with self.connect(server.url) as client:
            result = await client.send(data, id=id)
            again = await client.send(data, id=id)
            with self.assertRaises(reassembly.PayloadMismatchError):
                await client.send(data[:-1], id=id)
        self.assertLess(result.bytes_sent, len(data))
        self.assertEqual((again.bytes_sent, again.sha256), (0, result.sha256))

    async def test_what_the_server_refuses_is_told_with_its_reason(self: Any) -> None:
        async with self.connect(server.url) as client:
            with self.assertRaises(reassembly.MessageRejectedError) as raised:
                await client.send(b"some", sha256="0" * 64)
            self.assertEqual(raised.exception.code, "DIGEST_MISMATCH")
            with self.assertRaises(ValueError):
                await client.send(b"some", compression="zstd")

    async def test_a_cancelled_send_is_aborted(self: Any) -> None:
        id = str(uuid.uuid4())

        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield bytes(100_000)
                await asyncio.sleep(0.01)

        started = asyncio.Event()
        async with self.connect(server.url, Options(abort_timeout=PATIENCE)) as client:
            sending = asyncio.ensure_future(client.send(endless(), id=id, on_progress=lambda _: started.set()))
            await asyncio.wait_for(started.wait(), PATIENCE)
            sending.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await sending
            with self.assertRaises(reassembly.MessageAbortedError):
                await client.send(b"again", id=id)

    async def test_receives_what_was_sent_with_all_that_was_said(self: Any) -> None:
        data, channel = os.urandom(2 * MIB) + bytes(2 * MIB), str(uuid.uuid4())
        async with self.connect(server.url) as client:
            for encoding in (None, "gzip", "br"):
                sent = await client.send(
                    data, channel=channel, content_type="application/pdf", headers={"x-customer": "42"}, compression=encoding
                )
                async with client.subscribe(channel) as messages:
                    message = await messages.__anext__()
                    self.assertEqual((message.id, message.channel, message.size), (sent.id, channel, sent.size))
                    self.assertEqual((message.content_type, message.content_encoding), ("application/pdf", encoding))
                    self.assertEqual(dict(message.headers), {"x-customer": "42"})
                    self.assertEqual(await message.read(), data)
                    await message.complete()
                    await message.complete()
            self.assertLess(sent.size, len(data))

    async def test_a_payload_that_unpacks_to_too_much_is_refused(self: Any) -> None:
        channel = str(uuid.uuid4())
        async with self.connect(server.url) as client:
            await client.send(bytes(2 * MIB), channel=channel, compression="gzip")
            async with client.subscribe(channel, max_decompressed_bytes=MIB) as messages:
                message = await messages.__anext__()
                with self.assertRaises(reassembly.DecompressedTooBigError):
                    await message.read()

    async def test_what_is_not_completed_comes_again(self: Any) -> None:
        channel = str(uuid.uuid4())
        async with self.connect(server.url) as client:
            sent = await client.send(b"payload", channel=channel)
            attempts = []
            async with client.subscribe(channel) as messages:
                async for message in messages:
                    attempts.append(message.attempt)
                    self.assertEqual(message.id, sent.id)
                    if message.attempt == 1:
                        await message.retry()
                        with self.assertRaises(ValueError):
                            await message.complete()
                    elif message.attempt == 2:
                        async with message:
                            pass  # Neither read nor completed.
                    elif message.attempt == 3:
                        continue  # With one in flight the next one gives it back.
                    else:
                        await message.complete()
                        with self.assertRaises(ValueError):
                            await message.retry()
                        break
            self.assertEqual(attempts, [1, 2, 3, 4])

    async def test_small_frames_and_a_slow_reader(self: Any) -> None:
        data, channel = os.urandom(4 * MIB), str(uuid.uuid4())
        async with self.connect(server.url, Options(receive_frame_bytes=8_192)) as client:
            await client.send(data, channel=channel)
            digest = hashlib.sha256()
            async with client.subscribe(channel, buffer_bytes=20_000) as messages:
                message = await messages.__anext__()
                async for piece in message:
                    self.assertLessEqual(len(piece), 8_192 - 48)
                    digest.update(piece)
                    await asyncio.sleep(0)
                await message.complete()
            self.assertEqual(digest.digest(), hashlib.sha256(data).digest())

    async def test_several_in_flight_come_at_the_same_time(self: Any) -> None:
        payloads, channel = [os.urandom(300_000) for _ in range(12)], str(uuid.uuid4())
        received: Dict[str, bytes] = {}
        async with self.connect(server.url) as client:
            sent = await asyncio.gather(*(client.send(payload, channel=channel) for payload in payloads))
            async with client.subscribe(channel, in_flight=4) as messages:

                async def take(message: reassembly.ReceivedMessage) -> None:
                    received[message.id] = await message.read()
                    await message.complete()

                tasks = []
                for _ in payloads:
                    tasks.append(asyncio.ensure_future(take(await messages.__anext__())))
                await asyncio.gather(*tasks)
        self.assertEqual([received[result.id] for result in sent], payloads)

    async def test_a_receiver_outlives_its_server(self: Any) -> None:
        own = Server()
        self.addCleanup(own.stop)
        data = os.urandom(8 * MIB)
        async with self.connect(own.url) as client:
            await client.send(data, channel="c")
            async with client.subscribe("c", buffer_bytes=65_536) as messages:
                message = await messages.__anext__()
                with self.assertRaises(reassembly.MessageLostError):
                    async for _ in message:
                        if message.size and not killed_once(self):
                            own.kill()
                restart = asyncio.get_running_loop().run_in_executor(None, own.start)
                message = await asyncio.wait_for(messages.__anext__(), PATIENCE)
                await restart
                self.assertEqual(await message.read(), data)
                await message.complete()

    async def test_an_endpoint_that_says_no_is_final(self: Any) -> None:
        for url in (server.url.replace("/ws", "/nothing"), server.url.replace("/ws", "/raw")):
            with self.assertRaises(reassembly.ConnectionFailedError) as raised:
                async with self.connect(url):
                    pass
            self.assertTrue(raised.exception.is_final)

    async def test_nobody_there_is_told_after_the_give_up_time(self: Any) -> None:
        with self.assertRaises(reassembly.ConnectionFailedError):
            async with self.connect("ws://127.0.0.1:9/ws", Options(give_up_after=0.1)):
                pass

    async def test_the_next_endpoint_is_taken(self: Any) -> None:
        async with self.connect(["ws://127.0.0.1:9/ws", server.url]) as client:
            self.assertEqual((await client.send(b"x")).size, 1)


def killed_once(test: Any) -> bool:
    already: bool = getattr(test, "_killed", False)
    test._killed = True
    return already


class Websockets(AgainstServer, unittest.IsolatedAsyncioTestCase):
    connect = staticmethod(reassembly.websockets.connect)


class Tornado(AgainstServer, unittest.IsolatedAsyncioTestCase):
    connect = staticmethod(reassembly.tornado.connect)


if __name__ == "__main__":
    unittest.main()
