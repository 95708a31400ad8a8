import base64, json, os, uuid
import websockets


async def send_json(url: str, path: str, channel: str = "default") -> dict:
    async with websockets.connect(url, subprotocols=["reassembly.v1"]) as ws:
        limits = json.loads(await ws.recv())["limits"]
        id, size, credit, step = str(uuid.uuid4()), os.path.getsize(path), limits["windowBytes"], (limits["frameBytes"] - 256) // 4 * 3
        await ws.send(json.dumps({"type": "open", "id": id, "size": size, "channel": channel}))
        with open(path, "rb") as file:
            for sequence, offset in enumerate(range(0, max(size, 1), step)):
                while offset + step > credit:
                    if (answer := json.loads(await ws.recv()))["type"] != "ack":
                        return answer
                    credit = answer["credit"]
                chunk = {"type": "chunk", "id": id, "sequence": sequence, "offset": offset, "size": size, "last": offset + step >= size}
                await ws.send(json.dumps({**chunk, "data": base64.b64encode(file.read(step)).decode()}))
        while (answer := json.loads(await ws.recv()))["type"] == "ack":
            pass
        return answer
