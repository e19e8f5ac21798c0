"""How long and how much the server listens."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

KIB = 1024


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """The limits of one connection, and how many there may be. Times are in seconds."""

    head_seconds: float = 10.0  # from the connection, or the first byte of a later request, to the end of the head
    body_seconds: float = 10.0  # from the first look at a body to its end
    idle_seconds: float = 75.0  # between two requests of a connection; longer than nginx keeps it (60)
    write_seconds: float = 30.0  # that a peer may leave an answer unread
    linger_seconds: float = 2.0  # in which the rest of a refused body is thrown away, so that the answer arrives
    stop_seconds: float = 25.0  # for requests in flight when the server stops; orchestrators kill after 30
    max_connections: int = 1_000
    max_line_bytes: int = 8_190
    max_field_bytes: int = 8_190
    max_head_bytes: int = 32 * KIB  # of an incomplete head; a complete one may be as large as one read of the socket
    max_fields: int = 64


HTTP_LIMITS: web.AppKey[HttpLimits] = web.AppKey("HTTP_LIMITS", HttpLimits)
