"""What each step of taking in one comment costs, in microseconds, and what all of the web half costs beside an echo.

The steps are called in this process, one after the other, many times, with comments that are all different; the least
of several rounds counts, because everything else on the machine only adds to it. With `--doors` the real server with
nothing behind it is driven beside the echo.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from aiohttp.web_urldispatcher import UrlMappingMatchInfo
from multidict import CIMultiDict, CIMultiDictProxy

from bench import targets
from bench.load import comment, request
from bench.tables import markdown
from moderation.clock import new_id, utc_now
from moderation.digests import content_digest, text_digest
from moderation.domain import Author, Delivery, Reason, Receipt, Site, SitePolicy, Status, Submission
from moderation.errors import FieldError, Invalid
from moderation.intake.addresses import normal_email
from moderation.intake.answers import receipt_answer
from moderation.intake.envelope import parse_envelope
from moderation.intake.fields import parse_submission
from moderation.intake.signature import verify
from moderation.privacy import EmailVault, Purpose, SecretKeys
from moderation.web.access import watch
from moderation.web.errors import answer_errors, problem_response
from moderation.web.headers import set_headers
from moderation.web.problems import problem
from moderation.web.strict_json import loads
from moderation.workflows.sealing import seal
from tests.process.sending import Keys

_COMMENTS = 500
_BATCH = 64
_SECONDS = 0.05  # of each round
_KEYS = Keys("first-site", "", targets.SECRET)
_SITE = Site(UUID(int=7), "first-site", "http://localhost", SitePolicy())
_WITHOUT_SKETCH = Site(UUID(int=7), "first-site", "http://localhost", SitePolicy(repeat_limit=0))
_ORDINARY = "ana.lopez@example.org"
_UNUSUAL = "Ana.López@bücher.example.org"


class Comments:
    """Requests as a site sends them, and what each step makes of them."""

    def __init__(self) -> None:
        now = datetime.now(UTC)
        whole = [request(_KEYS, number, comment(number), now) for number in range(_COMMENTS)]
        parts = [each.partition(b"\r\n\r\n") for each in whole]
        self.now = now
        self.bodies = [body for _, _, body in parts]
        self.signed = [(_headers(head), body) for head, _, body in parts]
        self.documents = [loads(body) for body in self.bodies]
        self.data: list[Any] = [parse_envelope(document).data for document in self.documents]
        self.submissions = [parse_submission(each, now=now) for each in self.data]
        self.full = [{**each, **_EVERYTHING, "author": {**each["author"], **_ALL_OF_AN_AUTHOR}} for each in self.data]


_EVERYTHING = {
    "article": {"id": "a-1", "url": "https://planet.example.com/a-1", "title": "A title"},
    "parent_id": None,
    "submitted_at": "2026-11-23T10:00:00Z",
    "trap": None,
    "filled_in_ms": 8000,
}
_ALL_OF_AN_AUTHOR = {"url": None, "ip": "192.0.2.7", "user_agent": "Mozilla/5.0 (X11; Linux x86_64)"}


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="bench/parts.py", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--rounds", type=int, default=5, help="of which the least counts (default: %(default)s)")
    parser.add_argument("--doors", action="store_true", help="also drive the server with nothing behind it")
    parser.add_argument("--connections", type=int, nargs="+", default=[64, 256], metavar="N")
    parser.add_argument("--seconds", type=float, default=1.0, help="of each run of the server (default: %(default)s)")
    return parser.parse_args(arguments)


def main() -> int:
    """Measures and prints."""
    chosen = options()
    rows = [[name, f"{least(step, items, chosen.rounds):.1f}", aim] for name, step, items, aim in parts(Comments())]
    print(markdown(("step", "µs", "aim"), rows))
    if chosen.doors:
        print(
            "\n" + markdown(("connections", "echo/s", "doors/s", "ratio", "echo CPU µs", "doors CPU µs"), doors(chosen))
        )
    return 0


def parts(given: Comments) -> Iterator[tuple[str, Callable[[Any], object], Sequence[Any], str]]:
    """Yields what a step is called, the step, what it is given, and what it should cost at most."""
    vault, delivery, now = _vault(), Delivery("msg-1", b"d" * 32), given.now
    keyed = vault.keyed_digest(_SITE.id)
    receipts = [Receipt(new_id(now), f"b-{n}", Status.APPROVED, Reason.CLEAN, n / 7777, "b-1") for n in range(500)]
    wrong = Invalid([FieldError("author.email", "required", "This is required.")])

    def signature(signed: tuple[Any, bytes]) -> object:
        return verify(headers=signed[0], body=signed[1], secrets=[_KEYS.webhook_secret], now=now)

    def fields(data: object) -> Submission:
        return parse_submission(data, now=now)

    def sealed(site: Site) -> Callable[[Sequence[tuple[Submission, Delivery]]], object]:
        return lambda arrivals: seal(arrivals, site=site, vault=vault)

    arrivals = [(submission, delivery) for submission in given.submissions]
    alone = [[arrival] for arrival in arrivals]
    batches = [arrivals[begin : begin + _BATCH] for begin in range(0, len(arrivals) - _BATCH, _BATCH)]

    authors: list[Author] = [each.author for each in given.submissions]
    yield "signature", signature, given.signed, "3-4"
    yield "digest of the body", keyed, given.bodies, "2"
    yield "JSON", loads, given.bodies, "5"
    yield "envelope", parse_envelope, given.documents, "2"
    yield "fields, the required ones", fields, given.data, ""
    yield "fields, all of them", fields, given.full, ""
    yield "e-mail, ordinary", normal_email, [author.email for author in authors], "1-2"
    yield "e-mail, unusual", normal_email, [_UNUSUAL], ""
    yield "e-mail, by the library", normal_email, [_ORDINARY.title()], "22.5"
    yield "sealing, alone", sealed(_SITE), alone, ""
    yield f"sealing, {_BATCH} together", sealed(_SITE), batches, ""
    yield "sealing without the sketch", sealed(_WITHOUT_SKETCH), alone, ""
    yield "  address: fingerprint, AES-GCM", lambda each: vault.seal_email(_SITE.id, each.email), authors, ""
    yield "  digest of the text", text_digest, [each.text for each in given.submissions], ""
    yield "  digest of the content", lambda each: content_digest(each, keyed=keyed), given.submissions, ""
    yield "sealing an IP", lambda ip: vault.seal_address(_SITE.id, ip), ["192.0.2.7", "2001:db8::7"], ""
    yield "now and an id", lambda _: new_id(utc_now()), range(500), "1"
    yield "receipt as an answer", lambda each: receipt_answer(each, status=201), receipts, ""
    yield "problem as an answer", lambda error: problem_response(problem(error)), [wrong], ""
    yield "middlewares and headers", _through(), range(100), ""


def least(step: Callable[[Any], object], items: Sequence[Any], rounds: int) -> float:
    """Returns the microseconds of one call: the least of the means of some rounds."""
    return min(_mean(step, items) for _ in range(rounds))


def _mean(step: Callable[[Any], object], items: Sequence[Any]) -> float:
    calls, begin = 0, time.perf_counter()
    while (used := time.perf_counter() - begin) < _SECONDS:
        for item in items:
            step(item)
        calls += len(items)
    return 1e6 * used / calls


def _through() -> Callable[[int], object]:
    """Returns a call that sends one request through the middlewares to a handler that answers at once."""
    answer = web.Response(body=b"{}", content_type="application/json")

    async def handler(_request: web.Request) -> web.StreamResponse:
        return answer

    app = web.Application()
    route = app.router.add_post("/v1/sites/{site}/webhook", handler)
    made = make_mocked_request("POST", "/v1/sites/first-site/webhook", app=app)
    made._match_info = UrlMappingMatchInfo({"site": "first-site"}, route)
    made._match_info.add_app(app)

    async def inner(given: web.Request) -> web.StreamResponse:
        return await answer_errors(given, handler)

    async def once() -> None:
        await set_headers(made, await watch(made, inner))

    def step(_number: int) -> None:
        try:
            once().send(None)
        except StopIteration:
            return

    return step


def _vault() -> EmailVault:
    secret_keys = SecretKeys(["k" * 43])
    keys = [secret_keys.make(purpose, id=new_id(utc_now()), now=utc_now()) for purpose in Purpose]
    return EmailVault(secret_keys, keys)


def _headers(head: bytes) -> CIMultiDictProxy[str]:
    lines = [line.partition(": ") for line in head.decode().split("\r\n")[1:]]
    return CIMultiDictProxy(CIMultiDict((name, value) for name, _, value in lines))


def doors(chosen: argparse.Namespace) -> list[list[str]]:
    """Drives echo and doors by turns; returns one row for each number of connections, medians."""
    targets.leave_server_core()
    rows = []
    with ExitStack() as stack:
        send = stack.enter_context(targets.sender())
        with targets.on_server_core():
            pair = [stack.enter_context(targets.echo()), stack.enter_context(targets.doors())]
        for target in pair:
            target.measure(send, 16, 0.5)
        for connections in chosen.connections:
            runs = [[_run(target, send, connections, chosen.seconds) for target in pair] for _ in range(chosen.rounds)]
            rows.append(_row(connections, runs))
    return rows


def _run(target: targets.Target, send: targets.Send, connections: int, seconds: float) -> tuple[float, float]:
    outcome, used = target.measure(send, connections, seconds)
    return outcome.per_second, 1e6 * used / len(outcome.latencies)


def _row(connections: int, runs: Sequence[Sequence[tuple[float, float]]]) -> list[str]:
    echo, own = ([run[index] for run in runs] for index in (0, 1))
    ratio = median(mine[0] / bare[0] for bare, mine in zip(echo, own, strict=True))
    rates = [f"{median(rate for rate, _ in side):,.0f}" for side in (echo, own)]
    used = [f"{median(cpu for _, cpu in side):,.0f}" for side in (echo, own)]
    return [str(connections), *rates, f"{ratio:.2f}", *used]


if __name__ == "__main__":
    sys.exit(main())
