"""What every handler's errors become: an answer that says enough and gives nothing away.

ModerationError            its problem, with the headers that belong to it
web.HTTPException >= 400   the problem of that status; `Allow` and the like are kept
web.HTTPException < 400    as it is: a redirect is no error
PeerLeft                   nothing, since nobody is listening
anything else              500 `internal`, logged once with its traceback, counted
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping

import structlog
from aiohttp import ClientConnectionResetError, hdrs, web
from aiohttp.typedefs import Handler

from moderation import errors, metrics
from moderation.logs import frames_of
from moderation.web.problems import MEDIA_TYPE, ProblemDict, http_problem, problem, problem_headers

log = structlog.stdlib.get_logger(__name__)

# How a part of the site shows a problem to people, such as a page of the console.
ErrorPage = Callable[[web.Request, ProblemDict], Awaitable[web.Response]]

ERROR_PAGES: web.AppKey[Mapping[str, ErrorPage]] = web.AppKey("ERROR_PAGES", Mapping)

# These describe the body that aiohttp has written and we throw away.
_BODY_HEADERS = (hdrs.CONTENT_TYPE, hdrs.CONTENT_LENGTH, hdrs.CONTENT_ENCODING)


class PeerLeft(ConnectionResetError):
    """The caller has closed the connection, so that no answer can reach it."""


@web.middleware
async def answer_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turns every exception of a handler into an answer, as the module says."""
    try:
        return await handler(request)
    except errors.ModerationError as error:
        return await _refuse(request, error)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return await _answer(request, http_problem(error.status), _kept_headers(error))
    except (PeerLeft, ClientConnectionResetError) as error:
        raise PeerLeft from error
    except Exception as error:
        return await _unexpected(request, error)


def answer_to(error: BaseException) -> web.Response:
    """Returns the answer to an error of a request that has no handler: the same as `answer_errors` would give."""
    answer = problem(error) if isinstance(error, errors.ModerationError) else http_problem(500)
    if answer["code"] == "internal":
        _tell(error)
    metrics.REFUSALS.labels(answer["code"]).inc()
    response = problem_response(answer)
    if isinstance(error, errors.ModerationError):
        response.headers.update(problem_headers(error))
    return response


async def _refuse(request: web.Request, error: errors.ModerationError) -> web.StreamResponse:
    answer = problem(error)
    if answer["code"] == "internal":
        return await _unexpected(request, error)
    response = await _answer(request, answer, problem_headers(error))
    if isinstance(error, errors.TooLarge | errors.RequestTimeout):
        # What is left of the body is not worth reading.
        response.force_close()
    return response


async def _unexpected(request: web.Request, error: Exception) -> web.StreamResponse:
    _tell(error)
    return await _answer(request, http_problem(500), {})


def _tell(error: BaseException) -> None:
    log.error("unexpected_error", error=type(error).__name__, exception=frames_of(error))
    metrics.UNEXPECTED_ERRORS.labels("request").inc()


async def _answer(request: web.Request, answer: ProblemDict, headers: Mapping[str, str]) -> web.StreamResponse:
    metrics.REFUSALS.labels(answer["code"]).inc()
    if request.writer.output_size > 0:
        # Half of another answer is on its way already; to end the connection is the only way left to say it is broken.
        raise PeerLeft
    page = _page_for(request)
    response = await page(request, answer) if page else problem_response(answer)
    response.headers.update(headers)
    return response


def problem_response(answer: ProblemDict) -> web.Response:
    """Returns the problem as an answer of its status."""
    body = json.dumps(answer).encode()
    return web.Response(status=answer["status"], body=body, content_type=MEDIA_TYPE)


def _page_for(request: web.Request) -> ErrorPage | None:
    pages = request.app.get(ERROR_PAGES, {})
    return next((page for prefix, page in pages.items() if request.path.startswith(prefix)), None)


def _kept_headers(error: web.HTTPException) -> dict[str, str]:
    return {name: value for name, value in error.headers.items() if name not in _BODY_HEADERS}
