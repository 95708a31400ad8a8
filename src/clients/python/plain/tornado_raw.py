import json
from tornado.websocket import websocket_connect


async def send_raw(url: str, path: str) -> dict:
    ws = await websocket_connect(url)
    with open(path, "rb") as file:
        await ws.write_message(file.read(), binary=True)
    outcome = json.loads(await ws.read_message())
    ws.close()
    return outcome
