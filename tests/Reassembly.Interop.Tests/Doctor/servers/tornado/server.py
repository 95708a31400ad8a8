"""A server on Tornado with a limit: server.py PORT LIMIT MODE; echo gives every message back, discard says nothing."""
import asyncio
import sys

import tornado
import tornado.web
import tornado.websocket

port, limit, mode = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


class Handler(tornado.websocket.WebSocketHandler):
    def check_origin(self, origin):
        return True

    def on_message(self, message):
        if mode == "echo":
            self.write_message(message, binary=isinstance(message, bytes))


async def main():
    application = tornado.web.Application([("/", Handler)], websocket_max_message_size=limit)
    application.listen(port, "127.0.0.1")
    print(f"Listening: Tornado {tornado.version}", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
