"""Large payloads over WebSocket, without close code 1009: a client of `reassembly.v1`.

`reassembly.websockets.connect` and `reassembly.tornado.connect` make a Client over the library of that name. `reassembly.core` is the
protocol without any I/O, for those who have another library.
"""

from .aio.client import Client, new_id
from .aio.options import Options
from .aio.receiving import ReceivedMessage
from .aio.sending import Progress, SendResult
from .aio.subscription import Subscription
from .core.errors import (
    ConnectionFailedError,
    DecompressedTooBigError,
    LimitDetail,
    MessageAbortedError,
    MessageExpiredError,
    MessageLostError,
    MessageRejectedError,
    NoProgressError,
    PayloadMismatchError,
    ProtocolError,
    ReassemblyError,
    SourceNotReplayableError,
)
from .version import VERSION as __version__

__all__ = [
    "Client",
    "ConnectionFailedError",
    "DecompressedTooBigError",
    "LimitDetail",
    "MessageAbortedError",
    "MessageExpiredError",
    "MessageLostError",
    "MessageRejectedError",
    "NoProgressError",
    "Options",
    "PayloadMismatchError",
    "Progress",
    "ProtocolError",
    "ReassemblyError",
    "ReceivedMessage",
    "SendResult",
    "SourceNotReplayableError",
    "Subscription",
    "__version__",
    "new_id",
]
