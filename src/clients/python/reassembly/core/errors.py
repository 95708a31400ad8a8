"""What can go wrong, as exceptions that a caller can tell apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Optional


@dataclass(frozen=True)
class LimitDetail:
    """Which limit was passed, its value, what came, and the hop that keeps it."""

    name: str
    max: Optional[int] = None
    actual: Optional[int] = None
    hop: Optional[str] = None


@dataclass(frozen=True)
class ProtocolError:
    """What the server said was wrong; `message` is a sentence for a person."""

    code: str
    scope: str
    message: str
    retryable: bool = False
    id: Optional[str] = None
    retry_after_ms: Optional[int] = None
    limit: Optional[LimitDetail] = None


class ReassemblyError(Exception):
    """What every failure of this client derives from, cancellation and misuse aside."""

    def __init__(self, message: str, error: Optional[ProtocolError] = None, id: Optional[str] = None) -> None:
        super().__init__(message)
        self.error = error
        """What the server said, where it said something."""
        self.id = id
        """The message concerned, where there is one."""

    @property
    def code(self) -> Optional[str]:
        return self.error.code if self.error else None


class ConnectionFailedError(ReassemblyError):
    """No endpoint could be reached, or none would talk to us. `is_final`: it answered, and the answer was no."""

    def __init__(self, message: str, error: Optional[ProtocolError] = None, is_final: bool = False) -> None:
        super().__init__(message, error)
        self.is_final = is_final


class MessageRejectedError(ReassemblyError):
    """Refused for good; sending the same again gets the same answer."""


class MessageExpiredError(ReassemblyError):
    """Its idle or total time ran out at the server. Send it again under a new id."""


class MessageAbortedError(ReassemblyError):
    """Aborted, here or by another holder of its id. Send it again under a new id."""


class PayloadMismatchError(ReassemblyError):
    """Other bytes than expected: the id belongs to another payload, the source changed, or what arrived has another digest."""


class SourceNotReplayableError(ReassemblyError):
    """The server lost bytes that the source cannot give a second time. Send from a file or from memory."""


class NoProgressError(ReassemblyError):
    """The server was reached, but nothing became durable for the give-up time; `error` is the last thing it said."""


class MessageLostError(ReassemblyError):
    """A received message is this receiver's no longer; it comes again, here or elsewhere, under the same id."""


class DecompressedTooBigError(ReassemblyError):
    """A payload decompresses to more than was allowed. Receiving it again ends the same way."""


class ProtocolViolation(Exception):
    """What the server sent breaks the protocol: its connection is of no use. Never leaves the client."""


def refused(id: str, error: ProtocolError) -> ReassemblyError:
    """The exception for an `error` that ends a send."""
    kind = MessageExpiredError if error.code == "EXPIRED" else MessageRejectedError
    return kind(f"message {id} was refused: {error.message}", error, id)


def ended(id: str, state: str, error: Optional[ProtocolError]) -> ReassemblyError:
    """The exception for an outcome other than `committed`."""
    kinds = {"expired": MessageExpiredError, "aborted": MessageAbortedError}
    what = {"expired": "expired", "aborted": "was aborted"}.get(state, "was rejected")
    return kinds.get(state, MessageRejectedError)(f"message {id} {what}" + (f": {error.message}" if error else ""), error, id)
