"""Control messages: JSON text in both directions."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Mapping, NoReturn, Optional, Tuple, Union

from .errors import LimitDetail, ProtocolError

SUBPROTOCOL = "reassembly.v1"
SMALLEST_RECEIVE_FRAME = 256

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_TIME = re.compile(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?Z")
_CODES = frozenset(
    "BAD_JSON UNKNOWN_TYPE BAD_FRAME FRAME_TOO_BIG MESSAGE_TOO_BIG CHUNK_TOO_SMALL CRC_MISMATCH SIZE_CONFLICT DATA_CONFLICT OPEN_CONFLICT "
    "DIGEST_MISMATCH UNKNOWN_MESSAGE TOO_MANY_OPEN QUOTA_EXCEEDED OVERLOADED NOT_DURABLE EXPIRED UNAUTHORIZED FORBIDDEN".split()
)
_MAX_NUMBER = 2**53 - 1
_MAX_RANGES = 64


class ControlError(Exception):
    """Text that is no control message of this version; `code` is BAD_JSON or UNKNOWN_TYPE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Limits:
    """The server's limits, in bytes and seconds; the defaults are for what it does not name."""

    frame_bytes: int = 65_536
    chunk_bytes: int = 65_488
    min_chunk_bytes: int = 1_024
    message_bytes: int = 1 << 30
    open_messages: int = 1_024
    window_bytes: int = 8 << 20
    idle_seconds: int = 60
    message_seconds: int = 3_600
    retention_seconds: int = 3_600


@dataclass(frozen=True)
class Welcome:
    protocol: str
    connection: str
    node: str
    durability: str
    limits: Limits


@dataclass(frozen=True)
class Ack:
    id: str
    durable: int
    missing: Tuple[Tuple[int, int], ...]
    credit: int
    expires_at: Optional[str] = None


@dataclass(frozen=True)
class Outcome:
    id: str
    state: str
    size: Optional[int] = None
    sha256: Optional[str] = None
    error: Optional[ProtocolError] = None


@dataclass(frozen=True)
class GoAway:
    reason: str
    grace_ms: int


@dataclass(frozen=True)
class Announcement:
    """A `message`: the payload that the next chunks of this id bring."""

    id: str
    channel: str
    size: int
    sha256: str
    attempt: int
    content_type: Optional[str] = None
    content_encoding: Optional[str] = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pong:
    nonce: Any


ServerMessage = Union[Welcome, Ack, Outcome, ProtocolError, GoAway, Announcement, Pong]


def write(type: str, **fields: Any) -> str:
    """A control message to the server; a field that is None is left out."""
    message = {"type": type}
    message.update((name, value) for name, value in fields.items() if value is not None)
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> ServerMessage:
    """A control message from the server.

    Raises ControlError.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ControlError("BAD_JSON", f"no JSON: {error}") from error
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise ControlError("BAD_JSON", "not one object with a type")
    reader = _READERS.get(value["type"])
    if reader is None:
        raise ControlError("UNKNOWN_TYPE", f"type {value['type']!r} is not known")
    return reader(_Fields(value))


class _Fields:
    """The fields of one object, each checked as it is taken. A null is as good as nothing."""

    def __init__(self, value: Any) -> None:
        if not isinstance(value, dict):
            _bad("an object is missing")
        self._value = value

    def __contains__(self, name: str) -> bool:
        return self._value.get(name) is not None

    def raw(self, name: str) -> Any:
        if name not in self._value:
            _bad(f"{name} is missing")
        return self._value[name]

    def number(self, name: str, least: int = 0) -> int:
        return _number(self.raw(name), name, least)

    def text(self, name: str, form: Optional["re.Pattern[str]"] = None) -> str:
        value = self.raw(name)
        if not isinstance(value, str) or (form is not None and not form.fullmatch(value)):
            _bad(f"{name} is malformed")
        return value

    def one_of(self, name: str, *known: str) -> str:
        value = self.text(name)
        if value not in known:
            _bad(f"{name} {value!r} is not known")
        return value

    def optional(self, read: Callable[..., Any], name: str, *rest: Any) -> Any:
        return read(name, *rest) if name in self else None

    def inner(self, name: str) -> "_Fields":
        return _Fields(self.raw(name))


def _number(value: Any, name: str, least: int = 0) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= _MAX_NUMBER:
        _bad(f"{name} is no number from {least} to 2^53 - 1")
    return value


def _bad(message: str) -> NoReturn:
    raise ControlError("BAD_JSON", message)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _welcome(fields: _Fields) -> Welcome:
    limits = fields.inner("limits")
    defaults = Limits()

    def limit(name: str, default: int) -> int:
        return limits.number(name) if name in limits else default

    frame_bytes = limit("frameBytes", defaults.frame_bytes)
    if frame_bytes <= 48:
        _bad("frameBytes leaves no room for a payload")
    return Welcome(
        fields.text("protocol"),
        fields.text("connection"),
        fields.text("node"),
        fields.one_of("durability", "memory", "disk", "database"),
        Limits(
            frame_bytes,
            limit("chunkBytes", frame_bytes - 48),
            limit("minChunkBytes", defaults.min_chunk_bytes),
            limit("messageBytes", defaults.message_bytes),
            limit("openMessages", defaults.open_messages),
            limit("windowBytes", defaults.window_bytes),
            limit("idleSeconds", defaults.idle_seconds),
            limit("messageSeconds", defaults.message_seconds),
            limit("retentionSeconds", defaults.retention_seconds),
        ),
    )


def _ack(fields: _Fields) -> Ack:
    missing = fields.raw("missing")
    if not isinstance(missing, list) or len(missing) > _MAX_RANGES:
        _bad("missing is no list of ranges")
    ranges: List[Tuple[int, int]] = []
    for item in missing:
        if not isinstance(item, list) or len(item) != 2:
            _bad("missing has what is no range")
        start, end = _number(item[0], "missing"), _number(item[1], "missing")
        if end <= start:
            _bad("missing has an empty range")
        ranges.append((start, end))
    return Ack(
        fields.text("id", _UUID),
        fields.number("durable"),
        tuple(ranges),
        fields.number("credit"),
        fields.optional(fields.text, "expiresAt", _TIME),
    )


def _limit(fields: _Fields) -> LimitDetail:
    return LimitDetail(
        fields.text("name"),
        fields.optional(fields.number, "max"),
        fields.optional(fields.number, "actual"),
        fields.optional(fields.text, "hop"),
    )


def _outcome(fields: _Fields) -> Outcome:
    id = fields.text("id", _UUID)
    error = None
    if "error" in fields:
        inner = fields.inner("error")
        limit = _limit(inner.inner("limit")) if "limit" in inner else None
        error = ProtocolError(inner.one_of("code", *_CODES), "message", inner.text("message"), id=id, limit=limit)
    return Outcome(
        id,
        fields.one_of("state", "committed", "rejected", "expired", "aborted"),
        fields.optional(fields.number, "size"),
        fields.optional(fields.text, "sha256", _SHA256),
        error,
    )


def _error(fields: _Fields) -> ProtocolError:
    retryable = fields.raw("retryable")
    if not isinstance(retryable, bool):
        _bad("retryable is neither true nor false")
    return ProtocolError(
        fields.one_of("code", *_CODES),
        fields.one_of("scope", "frame", "message", "connection"),
        fields.text("message"),
        retryable,
        fields.optional(fields.text, "id", _UUID),
        fields.optional(fields.number, "retryAfterMs"),
        _limit(fields.inner("limit")) if "limit" in fields else None,
    )


def _announcement(fields: _Fields) -> Announcement:
    headers: Dict[str, str] = fields.raw("headers") if "headers" in fields else {}
    if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
        _bad("headers is no object of strings")
    return Announcement(
        fields.text("id", _UUID),
        fields.text("channel"),
        fields.number("size"),
        fields.text("sha256", _SHA256),
        fields.number("attempt", 1),
        fields.optional(fields.text, "contentType"),
        fields.optional(fields.text, "contentEncoding"),
        headers,
    )


_READERS: Dict[str, Callable[[_Fields], ServerMessage]] = {
    "welcome": _welcome,
    "ack": _ack,
    "outcome": _outcome,
    "error": _error,
    "goaway": lambda fields: GoAway(fields.text("reason"), fields.number("graceMs")),
    "message": _announcement,
    "pong": lambda fields: Pong(fields.raw("nonce")),
}
