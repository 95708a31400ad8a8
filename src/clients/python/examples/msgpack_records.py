"""Records as one MessagePack payload, written and read piece by piece: neither side ever holds them all.

    msgpack_records.py send ws://localhost:8080/ws records COUNT
    msgpack_records.py receive ws://localhost:8080/ws records

The sender packs records as a stream; the client compresses it, cuts it and keeps no more of it than its window. The receiver unpacks
what has come while the rest is on its way. The content type tells one program what another has sent. Needs `python3-msgpack`.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any, AsyncIterator, Dict, Iterable

import msgpack

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from reassembly import Client, ReceivedMessage, SendResult  # noqa: E402
from reassembly.websockets import connect  # noqa: E402

CONTENT_TYPE = "application/msgpack"
LARGEST_RECORD = 1 << 20


async def send_records(client: Client, channel: str, records: Iterable[Dict[str, Any]]) -> SendResult:
    """Sends records as one message."""

    async def packed() -> AsyncIterator[bytes]:
        packer = msgpack.Packer()
        for record in records:
            yield packer.pack(record)

    return await client.send(packed(), channel=channel, content_type=CONTENT_TYPE, compression="gzip")


async def read_records(message: ReceivedMessage) -> AsyncIterator[Dict[str, Any]]:
    """The records of a message, while it arrives. The last one comes only when the digest of the whole was right."""
    if message.content_type != CONTENT_TYPE:
        raise ValueError(f"message {message.id} is {message.content_type}, not {CONTENT_TYPE}")
    unpacker = msgpack.Unpacker(max_buffer_size=LARGEST_RECORD + (1 << 20))
    async for piece in message:
        unpacker.feed(piece)
        for record in unpacker:
            yield record


async def main() -> None:
    command, url, channel = sys.argv[1:4]
    async with connect(url) as client:
        if command == "send":
            records = ({"number": number, "name": f"record {number}", "blob": bytes(100)} for number in range(int(sys.argv[4])))
            result = await send_records(client, channel, records)
            print(f"{result.id}: {result.size} bytes, SHA-256 {result.sha256}")
        else:
            async for message in client.subscribe(channel):
                count = 0
                async for _ in read_records(message):
                    count += 1
                await message.complete()
                print(f"{message.id}: {count} records", flush=True)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        pass
