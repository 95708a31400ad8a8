"""A server that throws away what it gets, as fast as Python can, so that a sender is all that is measured.

Every connection is served by a thread with blocking reads. It speaks enough of `reassembly.v1` for a sender (welcome, an ack for each
MiB, an outcome) and enough WebSocket for both measurements: a text message `done` is answered with the number of bytes that came.
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import sys
import threading
import uuid
from typing import BinaryIO, Dict

FRAME_BYTES = 65_536
WINDOW_BYTES = 8 << 20
ACK_EVERY = 1 << 20


def main() -> None:
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0))
    print(listener.getsockname()[1], flush=True)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


def serve(connection: socket.socket) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = connection.makefile("rb", buffering=1 << 20)
    try:
        if shake_hands(connection, reader):
            discard(connection, reader)
    except (ConnectionError, EOFError):
        pass
    finally:
        connection.close()


def shake_hands(connection: socket.socket, reader: BinaryIO) -> bool:
    headers: Dict[str, str] = {}
    while (line := reader.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    key = headers.get("sec-websocket-key")
    if key is None:
        return False
    accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
    answer = f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n"
    speaks = "reassembly.v1" in headers.get("sec-websocket-protocol", "")
    if speaks:
        answer += "Sec-WebSocket-Protocol: reassembly.v1\r\n"
    connection.sendall((answer + "\r\n").encode())
    if speaks:
        limits = {"frameBytes": FRAME_BYTES, "chunkBytes": FRAME_BYTES - 48, "minChunkBytes": 1024, "messageBytes": 1 << 40, "openMessages": 1024,
                  "windowBytes": WINDOW_BYTES, "idleSeconds": 60, "messageSeconds": 3600, "retentionSeconds": 3600}
        say(connection, {"type": "welcome", "protocol": "reassembly.v1", "connection": "c", "node": "n", "durability": "memory", "limits": limits})
    return True


def discard(connection: socket.socket, reader: BinaryIO) -> None:
    total = 0
    acked = 0
    while True:
        first, second = take(reader, 2)
        length = second & 0x7F
        if length >= 126:
            length = int.from_bytes(take(reader, 2 if length == 126 else 8), "big")
        mask = take(reader, 4)
        opcode = first & 0x0F
        if opcode == 8:
            connection.sendall(b"\x88\x00")
            return
        if opcode == 9:
            take(reader, length)
            connection.sendall(b"\x8a\x00")
            continue
        if opcode != 2:
            text = unmask(take(reader, length), mask)
            if text == b"done":
                say(connection, {"bytes": total})
            continue
        head = unmask(take(reader, min(48, length)), mask)
        take(reader, length - len(head))
        total += length
        if len(head) < 48 or head[:2] != b"\x01\x01":
            continue
        end = struct.unpack_from("!Q", head, 24)[0] + struct.unpack_from("!I", head, 40)[0]
        if head[2] & 1:
            say(connection, {"type": "outcome", "id": identity(head), "state": "committed", "size": end})
            acked = 0
        elif end - acked >= ACK_EVERY:
            acked = end
            say(connection, {"type": "ack", "id": identity(head), "durable": end, "missing": [], "credit": end + WINDOW_BYTES})


def identity(head: bytes) -> str:
    return str(uuid.UUID(bytes=head[8:24]))


def take(reader: BinaryIO, count: int) -> bytes:
    data = reader.read(count)
    if len(data) < count:
        raise EOFError
    return data


def unmask(data: bytes, mask: bytes) -> bytes:
    return bytes(byte ^ mask[index & 3] for index, byte in enumerate(data))


def say(connection: socket.socket, message: object) -> None:
    text = json.dumps(message).encode()
    head = bytes((0x81, len(text))) if len(text) < 126 else b"\x81\x7e" + struct.pack("!H", len(text))
    connection.sendall(head + text)


if __name__ == "__main__":
    main()
