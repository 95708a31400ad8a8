"""A server on websockets with a limit: server.py PORT LIMIT MODE; echo gives every message back, discard says nothing."""
import asyncio
import logging
import sys

import websockets
from websockets.version import version

port, limit, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


async def handle(socket, *_):
    async for message in socket:
        if mode == "echo":
            await socket.send(message)


async def main():
    logging.basicConfig(level=logging.INFO)
    async with websockets.serve(handle, "127.0.0.1", port, max_size=limit):
        print(f"Listening: websockets {version}", flush=True)
        await asyncio.Future()


asyncio.run(main())
