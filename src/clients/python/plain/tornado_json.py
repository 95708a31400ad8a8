import base64, json, os, uuid
from tornado.websocket import websocket_connect


async def send_json(url: str, path: str, channel: str = "default") -> dict:
    ws = await websocket_connect(url, subprotocols=["reassembly.v1"])
    limits = json.loads(await ws.read_message())["limits"]
    id, size, credit, step = str(uuid.uuid4()), os.path.getsize(path), limits["windowBytes"], (limits["frameBytes"] - 256) // 4 * 3
    await ws.write_message({"type": "open", "id": id, "size": size, "channel": channel})
    with open(path, "rb") as file:
        for sequence, offset in enumerate(range(0, max(size, 1), step)):
            while offset + step > credit:
                if (answer := json.loads(await ws.read_message()))["type"] != "ack":
                    return answer
                credit = answer["credit"]
            chunk = {"type": "chunk", "id": id, "sequence": sequence, "offset": offset, "size": size, "last": offset + step >= size}
            await ws.write_message({**chunk, "data": base64.b64encode(file.read(step)).decode()})
    while (answer := json.loads(await ws.read_message()))["type"] == "ack":
        pass
    ws.close()
    return answer
