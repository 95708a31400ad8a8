"""Throughput of this client against that of its library alone: `throughput.py [websockets|tornado] [MiB] [ROUNDS]`.

Both send the same bytes to the discarding server beside this file: the library as messages of 64 KiB, the client as a message of the
protocol in frames of 64 KiB, with its digest and without. They take turns; the ratio is the median of those of each round.
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
CASES = ("library alone", "this client", "check_digest")


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
    rates, cpu = {case: [] for case in CASES}, {case: [] for case in CASES}
    for _ in range(rounds):
        for case in CASES:
            used = time.process_time()
            rates[case].append(mib / await seconds_of(case, library, url, path))
            cpu[case].append(time.process_time() - used)
    print(f"{library.version()}, CRC-32C by {IMPLEMENTATION}, {mib:.0f} MiB, {rounds} rounds")
    for case in CASES:
        rate, ratio = statistics.median(rates[case]), statistics.median(rate / alone for rate, alone in zip(rates[case], rates["library alone"]))
        print(f"{case:13} {rate:4.0f} MiB/s, {1000 * statistics.median(cpu[case]) / mib:.2f} ms CPU/MiB, ratio {ratio:.2f}")


async def seconds_of(case: str, library, url: str, path: str) -> float:
    """From the first byte to the last answer, over a connection that is there."""
    if case == "library alone":
        return (await library.flood(url, path, FRAME_BYTES))["seconds"]
    async with library.connect(url) as client:
        started = time.perf_counter()
        await client.send(path, check_digest=True if case == "check_digest" else None)
        return time.perf_counter() - started


if __name__ == "__main__":
    main()
