"""What the README, the examples and the plain clients show, run against a real server."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest
import uuid
from pathlib import Path
from typing import Any, Dict

import reassembly.tornado
import reassembly.websockets
from examples.msgpack_records import read_records, send_records
from reassembly import Options

from .support import PATIENCE, Server, eventually

HERE = Path(__file__).resolve().parent.parent
LIBRARIES = ("websockets", "tornado")

server: Server


def setUpModule() -> None:
    global server
    server = Server()


def tearDownModule() -> None:
    server.stop()


def drive(library: str, *arguments: str) -> Dict[str, Any]:
    ran = subprocess.run([sys.executable, str(HERE / "interop" / f"drive-{library}"), *arguments], capture_output=True, text=True, timeout=PATIENCE)
    answer: Dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return {**answer, "exit": ran.returncode}


class MessagePack(unittest.IsolatedAsyncioTestCase):
    async def test_records_come_out_as_they_went_in(self) -> None:
        records = [{"number": number, "name": f"record {number}", "blob": os.urandom(number % 300)} for number in range(20_000)]
        for connect in (reassembly.websockets.connect, reassembly.tornado.connect):
            channel = str(uuid.uuid4())
            async with connect(server.url, Options(receive_frame_bytes=8_192)) as client:
                await send_records(client, channel, records)
                message = await client.subscribe(channel).__anext__()
                self.assertEqual([record async for record in read_records(message)], records)
                await message.complete()

    async def test_another_content_type_is_not_read(self) -> None:
        async with reassembly.websockets.connect(server.url) as client:
            channel = str(uuid.uuid4())
            await client.send(b"\x80", channel=channel, content_type="application/json")
            message = await client.subscribe(channel).__anext__()
            with self.assertRaises(ValueError):
                async for _ in read_records(message):
                    pass


class Drivers(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "in")
        self.out = os.path.join(folder.name, "out")
        self.data = os.urandom(2_000_003)
        self.sha256 = hashlib.sha256(self.data).hexdigest()
        with open(self.file, "wb") as file:
            file.write(self.data)

    def test_send_and_receive(self) -> None:
        for library in LIBRARIES:
            for encoding in ("identity", "gzip", "br"):
                channel = str(uuid.uuid4())
                sent = drive(library, "send", "--url", server.url, "--file", self.file, "--channel", channel, "--encoding", encoding)
                self.assertEqual((sent["exit"], sent["state"], sent["connections"]), (0, "committed", 1), sent)
                got = drive(library, "receive", "--url", server.url, "--channel", channel, "--out", self.out, "--frame-bytes", "8192")
                self.assertEqual((got["id"], got["size"], got["sha256"], got["attempt"]), (sent["id"], len(self.data), self.sha256, 1), got)
                with open(self.out, "rb") as file:
                    self.assertEqual(file.read(), self.data)

    def test_plain_clients(self) -> None:
        raw = server.url.replace("/ws", "/raw?channel=plain")
        for library in LIBRARIES:
            for answer in (
                drive(library, "json", "--url", server.url, "--file", self.file),
                drive(library, "raw", "--url", raw, "--file", self.file),
            ):
                self.assertEqual((answer["exit"], answer["state"], answer["sha256"]), (0, "committed", self.sha256), answer)
        answer = drive("websockets", "raw", "--url", raw, "--file", self.file, "--fragment", "50000")
        self.assertEqual((answer["state"], answer["sha256"]), ("committed", self.sha256), answer)
        self.assertEqual(drive("tornado", "raw", "--url", raw, "--file", self.file, "--fragment", "1"), {"error": "cannot fragment", "exit": 1})

    def test_too_big_is_closed_with_1009_and_a_reason(self) -> None:
        for library in LIBRARIES:
            answer = drive(library, "oversize", "--url", server.url, "--bytes", "1048576")
            self.assertEqual((answer["exit"], answer["code"]), (0, 1009), answer)
            self.assertIn("1048576", answer["reason"])

    def test_deflate_is_not_negotiated_unless_the_server_is_told_to(self) -> None:
        for library in LIBRARIES:
            answer = drive(library, "deflate", "--url", server.url.replace("/ws", "/raw"), "--bytes", "100000")
            self.assertEqual((answer["exit"], answer["negotiated"]), (0, False), answer)
            self.assertIn("committed", answer["answer"])

    def test_versions_and_failures(self) -> None:
        for library in LIBRARIES:
            self.assertRegex(drive(library, "versions")["library"], rf"^{library} \d+\.\d+")
            failed = drive(library, "send", "--url", server.url, "--file", self.file + "-missing")
            self.assertEqual(failed["exit"], 1)
            self.assertIn("missing", failed["error"])


class Readme(unittest.IsolatedAsyncioTestCase):
    async def test_its_example_sends_and_receives(self) -> None:
        text = (HERE / "README.md").read_text(encoding="utf-8")
        example = re.search(r"```python\n(.*?)```", text, re.S)
        assert example is not None
        code = example.group(1).replace("ws://localhost:8080/ws", server.url)
        for library in LIBRARIES:
            with tempfile.TemporaryDirectory() as folder:
                Path(folder, "invoice.pdf").write_bytes(b"%PDF " + bytes(100_000))
                program = Path(folder, "example.py")
                program.write_text(code.replace("reassembly.websockets", f"reassembly.{library}"), encoding="utf-8")
                environment = {**os.environ, "PYTHONPATH": str(HERE), "PYTHONUNBUFFERED": "1"}
                process = await asyncio.create_subprocess_exec(
                    sys.executable, str(program), cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE
                )
                try:
                    assert process.stdout is not None
                    id = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode().split(":")[0]
                    received = Path(folder, id)
                    await eventually(lambda: received.exists() and received.stat().st_size == 100_005, "the received file")
                    self.assertEqual(received.read_bytes(), Path(folder, "invoice.pdf").read_bytes())
                finally:
                    process.kill()
                    await process.wait()


if __name__ == "__main__":
    unittest.main()
