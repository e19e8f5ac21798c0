"""Health, metrics, and the headers and log lines that every request leaves behind."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping

import pytest
from prometheus_client.parser import text_string_to_metric_families

from moderation import metrics
from moderation.web import health
from moderation.web.health import CheckResult
from tests.doors.web_toys import a_line, a_request, ask, the_log, toy_server


async def _broken() -> Mapping[str, CheckResult]:
    raise RuntimeError("the database of ana@example.org is gone")


async def _no_model() -> Mapping[str, CheckResult]:
    return {"storage": CheckResult(ok=True), "model": CheckResult(ok=False, detail="No model is loaded.")}


async def _silent() -> Mapping[str, CheckResult]:
    await asyncio.Event().wait()
    return {}


async def test_the_process_lives_whatever_else_is_broken() -> None:
    async with toy_server(readiness=_broken) as server:
        reply = await ask(server, "GET", "/healthz")
    assert (reply.status, json.loads(reply.body)) == (200, {"status": "ok"})


async def test_ready_when_every_check_is_well() -> None:
    async with toy_server() as server:
        reply = await ask(server, "GET", "/readyz")
    assert (reply.status, json.loads(reply.body)) == (200, {"status": "ready", "checks": {"storage": {"ok": True}}})


async def test_not_ready_names_the_part_that_fails() -> None:
    async with toy_server(readiness=_no_model) as server:
        reply = await ask(server, "GET", "/readyz")
    assert reply.status == 503
    assert json.loads(reply.body) == {
        "status": "not_ready",
        "checks": {"storage": {"ok": True}, "model": {"ok": False, "detail": "No model is loaded."}},
    }


async def test_a_check_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert health.READINESS_SECONDS <= 2
    monkeypatch.setattr(health, "READINESS_SECONDS", 0.1)
    async with toy_server(readiness=_silent) as server:
        reply = await ask(server, "GET", "/readyz")
    assert reply.status == 503
    assert json.loads(reply.body)["checks"]["readiness"]["detail"] == "No answer within 0.1 seconds."


async def test_a_check_that_breaks_is_not_ready_and_says_no_more() -> None:
    with the_log() as logged:
        async with toy_server(readiness=_broken) as server:
            reply = await ask(server, "GET", "/readyz")
    assert reply.status == 503
    assert b"database" not in reply.body
    assert "readiness_failed" in logged.getvalue()
    assert "ana@" not in logged.getvalue()


async def test_metrics_are_for_whom_the_guard_lets_in() -> None:
    async with toy_server() as server:
        refused = await ask(server, "GET", "/metrics")
        assert (refused.status, refused.problem["code"]) == (401, "unauthenticated")
        allowed = await ask(server, "GET", "/metrics", Authorization="Bearer sesame")
    assert allowed.status == 200
    families = {family.name for family in text_string_to_metric_families(allowed.body.decode())}
    assert {"moderation_http_requests", "moderation_comments_decided", "moderation_waiting_items"} <= families


async def test_nothing_that_a_caller_sends_becomes_a_label() -> None:
    async with toy_server() as server:
        for method, path in [
            ("GET", "/planted-path"),
            ("PLANTED", "/healthz"),
            ("GET", "/problems/planted"),
            ("GET", "/healthz?q=planted"),
        ]:
            await ask(server, method, path, User_Agent="planted", X_Request_Id="planted")
        reply = await ask(server, "GET", "/metrics", Authorization="Bearer sesame")
    assert b"planted" not in reply.body.lower()
    assert b'route="/problems/{code}"' in reply.body
    assert b'route="unmatched"' in reply.body
    assert b'method="other"' not in reply.body  # aiohttp's parser has refused that one already


async def test_requests_are_counted_by_route_method_and_status() -> None:
    counter = metrics.HTTP_REQUESTS.labels("/raise/{kind}", "GET", "403")
    before, seconds = counter._value.get(), metrics.HTTP_REQUEST_SECONDS.labels("/raise/{kind}")._sum.get()
    async with toy_server() as server:
        await ask(server, "GET", "/raise/forbidden")
    assert counter._value.get() == before + 1
    assert metrics.HTTP_REQUEST_SECONDS.labels("/raise/{kind}")._sum.get() > seconds


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/mistake", "/page", "/redirect", "/docs"])
async def test_every_answer_carries_the_headers_that_protect_it(path: str) -> None:
    async with toy_server() as server:
        reply = await ask(server, "GET", path)
    assert "server" not in reply.headers
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "same-origin"
    assert reply.headers["cache-control"] == "no-store"
    assert re.fullmatch("[0-9a-f]{16}", reply.headers["x-request-id"])
    is_page = reply.headers["content-type"].startswith("text/html")
    assert ("content-security-policy" in reply.headers) == is_page == (path in ("/page", "/docs"))


async def test_an_answer_to_broken_http_carries_them_too() -> None:
    async with toy_server() as server, a_line(server) as line:
        await line.send(b"GARBAGE\r\n\r\n")
        reply = await line.reply()
    assert "server" not in reply.headers
    assert reply.headers["cache-control"] == "no-store"
    assert re.fullmatch("[0-9a-f]{16}", reply.headers["x-request-id"])


async def test_the_request_id_is_ours_and_new_for_each_request() -> None:
    async with toy_server() as server, a_line(server) as line:
        ids = set()
        for _ in range(3):
            await line.send(a_request("GET", "/healthz", X_Request_Id="mine"))
            ids.add((await line.reply()).headers["x-request-id"])
    assert len(ids) == 3
    assert "mine" not in ids


async def test_a_request_is_logged_by_its_template_and_never_by_what_was_asked() -> None:
    with the_log() as logged:
        async with toy_server() as server:
            reply = await ask(server, "GET", "/problems/planted?who=planted", From="planted")
    [line] = [json.loads(line) for line in logged.getvalue().splitlines() if '"request"' in line]
    assert line["route"] == "/problems/{code}"
    assert (line["method"], line["status"]) == ("GET", 404)
    assert line["request_id"] == reply.headers["x-request-id"]
    assert 0 <= line["ms"] < 10_000
    assert "planted" not in logged.getvalue()
    assert "127.0.0.1" not in logged.getvalue()


async def test_ordinary_requests_are_logged_for_whoever_asks() -> None:
    with the_log(level="info") as logged:
        async with toy_server() as server:
            await ask(server, "GET", "/healthz")
            await ask(server, "GET", "/nowhere")
    assert [json.loads(line)["status"] for line in logged.getvalue().splitlines()] == [404]
