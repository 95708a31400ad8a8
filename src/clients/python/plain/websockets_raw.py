import json
import websockets


async def send_raw(url: str, path: str, fragment: int = 0) -> dict:
    async with websockets.connect(url) as ws:
        with open(path, "rb") as file:
            await ws.send(iter(lambda: file.read(fragment), b"") if fragment else file.read())
        return json.loads(await ws.recv())
