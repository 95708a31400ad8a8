"""Throughput of this client against that of its library alone: `throughput.py [websockets|tornado] [MiB] [ROUNDS]`.

Both send the same bytes to the discarding server beside this file: the library as messages of 64 KiB, the client as a message of the
protocol in frames of 64 KiB. They take turns; the ratio is that of the medians.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "interop")]

from common import load_library  # noqa: E402

FRAME_BYTES = 65_536


def main() -> None:
    library = load_library(sys.argv[1] if len(sys.argv) > 1 else "websockets")
    size = (int(sys.argv[2]) if len(sys.argv) > 2 else 256) << 20
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    server = subprocess.Popen([sys.executable, str(HERE / "discarding_server.py")], stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        url = f"ws://127.0.0.1:{int(server.stdout.readline())}/ws"
        with tempfile.NamedTemporaryFile() as file:
            for _ in range(size >> 20):
                file.write(os.urandom(1 << 20))
            file.flush()
            asyncio.run(measure(library, url, file.name, rounds))
    finally:
        server.kill()
        server.wait()


async def measure(library, url: str, path: str, rounds: int) -> None:
    from reassembly.core.checksum import IMPLEMENTATION

    mib = os.path.getsize(path) / (1 << 20)
    flood, send, flood_cpu, send_cpu = [], [], [], []
    for _ in range(rounds):
        cpu = time.process_time()
        flood.append(mib / (await library.flood(url, path, FRAME_BYTES))["seconds"])
        flood_cpu.append(time.process_time() - cpu)
        async with library.connect(url) as client:
            cpu, started = time.process_time(), time.perf_counter()
            await client.send(path)
            send.append(mib / (time.perf_counter() - started))
            send_cpu.append(time.process_time() - cpu)
    a, b = statistics.median(flood), statistics.median(send)
    print(f"{library.version()}, CRC-32C by {IMPLEMENTATION}, {mib:.0f} MiB, {rounds} rounds")
    print(f"library alone {a:.0f} MiB/s ({1000 * statistics.median(flood_cpu) / mib:.2f} ms CPU/MiB)")
    print(f"this client   {b:.0f} MiB/s ({1000 * statistics.median(send_cpu) / mib:.2f} ms CPU/MiB), ratio {b / a:.2f}")


if __name__ == "__main__":
    main()
