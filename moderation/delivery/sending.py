"""The request itself. Every address is looked at where the connection is made, whatever a name or a URL says."""

from __future__ import annotations

import asyncio
import email.utils
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector

from moderation.delivery.addresses import Networks, allows
from moderation.delivery.envelope import Envelope
from moderation.domain import Attempt, Outcome

ANSWER_SECONDS = 15.0
MAX_ANSWER_BYTES = 64 * 1024
_SUCCESS = range(200, 300)
_GONE = 410


class _Inside(OSError):
    """The address is not one that we may connect to."""


class Sender:
    """Sends envelopes. It keeps no cookies, follows nothing, unpacks nothing and knows no proxy."""

    def __init__(self, exempt: Networks = (), *, seconds: float = ANSWER_SECONDS) -> None:
        self._seconds = seconds
        # Two lines of connections, because a socket does not know whether it will be encrypted.
        self._sessions = {
            scheme: _session(_guard(exempt, encrypted=scheme == "https"), seconds) for scheme in ("https", "http")
        }

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()

    async def send(self, url: str, envelope: Envelope) -> Attempt:
        """Sends once, and returns what became of it. It takes 15 seconds at most, and raises nothing."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                status, wish = await self._post(url, envelope)
        except TimeoutError:
            return Attempt(Outcome.TIMEOUT, None, time.monotonic() - began)
        except (ClientError, OSError, ValueError) as error:
            outcome = Outcome.FORBIDDEN if _is_inside(error) else Outcome.UNREACHABLE
            return Attempt(outcome, None, time.monotonic() - began)
        return Attempt(_outcome(status), status, time.monotonic() - began, wish)

    async def _post(self, url: str, envelope: Envelope) -> tuple[int, timedelta | None]:
        session = self._sessions["https" if url.startswith("https:") else "http"]
        async with session.post(url, data=envelope.body, headers=envelope.headers, allow_redirects=False) as response:
            # The status is the answer: what follows is read so that the connection can be used again, or is cut off.
            with suppress(ClientError, OSError, TimeoutError):
                await _read_some(response)
            return response.status, _retry_after(response.headers.get("Retry-After"))


async def _read_some(response: ClientResponse) -> None:
    async with asyncio.timeout(1):
        left = MAX_ANSWER_BYTES
        async for chunk in response.content.iter_any():
            left -= len(chunk)
            if left < 0:
                response.close()
                return
    # Whoever has not come to an end by now is hung up on when the request is left.


def _session(factory: Callable[[Any], socket.socket], seconds: float) -> ClientSession:
    return ClientSession(
        connector=TCPConnector(socket_factory=factory, limit=0, ttl_dns_cache=None, use_dns_cache=False),
        cookie_jar=DummyCookieJar(),
        auto_decompress=False,
        timeout=ClientTimeout(total=seconds),
        trust_env=False,
    )


def _guard(exempt: Networks, *, encrypted: bool) -> Callable[[Any], socket.socket]:
    def make_socket(address_info: Any) -> socket.socket:
        family, kind, protocol, _, address = address_info
        if not allows(str(address[0]), exempt, encrypted=encrypted):
            raise _Inside("This address is not one that webhooks may go to.")
        return socket.socket(family=family, type=kind, proto=protocol)

    return make_socket


def _is_inside(error: BaseException | None) -> bool:
    """Tells whether an error comes from our guard. Where several addresses were tried, it may be one of a group."""
    if isinstance(error, BaseExceptionGroup):
        return any(map(_is_inside, error.exceptions))
    if error is None or isinstance(error, _Inside):
        return error is not None
    return _is_inside(getattr(error, "os_error", None)) or _is_inside(error.__cause__)


def _outcome(status: int) -> Outcome:
    if status in _SUCCESS:
        return Outcome.DELIVERED
    return Outcome.GONE if status == _GONE else Outcome.REFUSED


def _retry_after(value: str | None) -> timedelta | None:
    """Returns what the header asks for: seconds, or a moment. What cannot be read asks for nothing."""
    if value is None or len(value) > 40:
        return None
    if value.isascii() and value.isdecimal():
        return timedelta(seconds=min(int(value), 10**9))
    with suppress(ValueError, TypeError):
        moment = email.utils.parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(timedelta(0), moment - datetime.now(UTC))
    return None
