"""The answer that nearly every request gets, written in one piece: for a small one, making headers is half the work."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http_writer import StreamWriter

from moderation.web.headers import request_id, written

_JSON = "application/json; charset=utf-8"
_FIRST_LINES: dict[int, str] = {
    status: f"HTTP/1.1 {status} {status.phrase}\r\nContent-Type: {_JSON}\r\nContent-Length: "
    for status in (HTTPStatus.OK, HTTPStatus.CREATED)
}

_END = "\r\n"
_CLOSE = f"Connection: close\r\n{_END}"


class JsonAnswer(web.Response):
    """JSON with status 200 or 201 and the headers that every answer has.

    On an ordinary connection (HTTP/1.1 that stays open) the headers are written as text, and `on_response_prepare` is
    not asked; any other way it is an answer like others.
    """

    def __init__(self, body: bytes, *, status: int = 200) -> None:
        super().__init__(body=body, status=status, headers={"Content-Type": _JSON})
        self._content = body
        self._in_one_piece = False

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Begins the answer."""
        if self.prepared or not self._is_ordinary(request):
            return await super().prepare(request)
        self._req, self._keep_alive, self._in_one_piece = request, True, True
        self._payload_writer = request._payload_writer
        return self._payload_writer

    def _is_ordinary(self, request: web.BaseRequest) -> bool:
        stays = self._keep_alive is None and request.keep_alive and request.version == HttpVersion11
        return stays and len(self._headers) == 1 and not self._cookies and request.method == "POST"

    async def write_eof(self, data: bytes = b"") -> None:
        """Ends the answer."""
        request, writer = self._req, self._payload_writer
        if not self._in_one_piece or request is None or not isinstance(writer, StreamWriter):
            await super().write_eof(data)
            return
        writer._write(json_as_sent(self.status, self._content, request_id(request), closes=False))
        self._eof_sent = True
        self._body_length = writer.output_size
        self._req = self._payload_writer = None


def json_as_sent(status: int, body: bytes, own_id: str, *, closes: bool) -> bytes:
    """Returns JSON with status 200 or 201 as it is sent to the request with this id. `closes`: the connection ends with
    it."""
    head = f"{_FIRST_LINES[status]}{len(body)}\r\n{written(own_id)}{_CLOSE if closes else _END}"
    return head.encode("ascii") + body


def as_sent(response: web.Response, own_id: str, *, closes: bool) -> bytes:
    """Returns any other small answer as it is sent."""
    body = response.body
    if not isinstance(body, bytes):
        raise TypeError("only what is there as bytes can be sent in one piece")
    lines = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    head = f"HTTP/1.1 {response.status} {response.reason}\r\n{lines}Content-Length: {len(body)}\r\n{written(own_id)}"
    return f"{head}{_CLOSE if closes else _END}".encode("latin-1") + body
