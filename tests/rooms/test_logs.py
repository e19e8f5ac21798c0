"""What is kept out of the log, whoever writes it; and what metrics may be labelled with."""

from __future__ import annotations

import io
import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from moderation import metrics
from moderation.logs import configure_logs, frames_of
from moderation.redaction import redacted


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from ana@example.org, twice", "from [e-mail], twice"),
        ("ana+tag@mail.example.co.uk", "[e-mail]"),
        ("<ana@example.org>", "<[e-mail]>"),
        ("email=ana%40example.org&x=1", "email=[e-mail]&x=1"),
        ("ana@localhost", "[e-mail]"),
        ("жена@пример.рф", "[e-mail]"),
        ("postgresql://user:secret@host/db", "postgresql://user:[e-mail]/db"),
        ("192.0.2.7:4711", "[ip]:4711"),
        ("at 192.0.2.7.", "at [ip]."),
        ("999.999.999.999", "[ip]"),
        ("2001:db8::7", "[ip]"),
        ("[2001:db8:0:0:0:0:0:7]:80", "[[ip]]:80"),
        ("2001:db8::7: refused", "[ip] refused"),
        ("::ffff:192.0.2.7", "[ip]"),
        ("a\nb\r\x00\x1b[31mc\x85d\u2028e", "a b   [31mc d e"),
        ("left\u202eright", "leftright"),
    ],
)
def test_addresses_and_control_characters_are_taken_out(text: str, shown: str) -> None:
    assert redacted(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1:8080",
        "http://[::1]:8080",
        "0.0.0.0",
        "2026-11-23T10:00:00.123456Z",
        "10:00:00",
        "0193a2b4-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
        "scikit-learn 1.9.1",
        "a @ b",
        "@property",
    ],
)
def test_what_is_nobodys_address_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    "text", ["a" * 100_000, "a@" * 50_000, "1." * 50_000, "a:" * 50_000, ":" * 100_000, "%40" * 33_000]
)
def test_redaction_is_quick_for_any_text(text: str) -> None:
    started = time.perf_counter()
    redacted(text + "@:." + text)
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("format", ["json", "console"])
def test_no_record_of_anyone_shows_an_address_or_makes_a_second_line(stream: io.StringIO, format: Any) -> None:  # noqa: A002
    configure_logs(format, "debug", stream=stream)

    structlog.stdlib.get_logger("ours").info(
        "event\nforged",
        who="ana@example.org",
        deep=[{"ana@example.org": ("192.0.2.7",)}],
        thing=Exception("ana@example.org"),
    )
    logging.getLogger("theirs").warning("%s has\nforged", "ana@example.org", extra={"ip": "2001:db8::7"})
    logging.getLogger("theirs").warning("no arguments, 100 %")

    told = stream.getvalue()
    assert len(told.splitlines()) == 3
    for private in ("ana@", "example.org", "192.0.2.7", "2001:db8"):
        assert private not in told


def test_a_json_line_holds_what_one_looks_for(stream: io.StringIO) -> None:
    configure_logs("json", "info", stream=stream)
    structlog.stdlib.get_logger("ours").info("decided", comment="0193", ms=1.5, ok=True, score=None)
    structlog.stdlib.get_logger("ours").debug("not asked for")
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "decided",
        "level": "info",
        "logger": "ours",
        "comment": "0193",
        "ms": 1.5,
        "ok": True,
        "score": None,
    }


def test_a_traceback_is_indented_so_that_nothing_in_it_looks_like_a_line_of_ours(stream: io.StringIO) -> None:
    configure_logs("console", "info", stream=stream)
    try:
        raise ValueError("ana@example.org\n2026-11-23 [info] forged")
    except ValueError:
        structlog.stdlib.get_logger("ours").exception("failed")
    first, *others = stream.getvalue().splitlines()
    assert "failed" in first
    assert all(line.startswith("    ") for line in others)
    assert "ana@" not in stream.getvalue()


def test_aiohttps_own_records_are_reduced_to_the_kind_of_error(stream: io.StringIO) -> None:
    configure_logs("json", "debug", stream=stream)
    try:
        raise ValueError("b'cookie: hush'")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request from %s", "192.0.2.7")
    logging.getLogger("aiohttp.access").info("GET /secret")
    [line] = stream.getvalue().splitlines()
    assert json.loads(line)["event"] == "http_server_error ValueError"
    assert "hush" not in line


def test_frames_show_where_an_error_and_its_cause_happened_but_not_what_they_say() -> None:
    try:
        try:
            raise KeyError("hush")
        except KeyError as cause:
            raise ValueError("secret") from cause
    except ValueError as error:
        frames = frames_of(error)
    assert frames.index("builtins.ValueError") < frames.index("builtins.KeyError")
    assert "test_logs.py" in frames
    assert "hush'" not in frames


# Every name that a label may have; each stands for a closed list of values.
LABELS = {"route", "method", "status", "reason", "code", "kind", "where", "version", "le", "outcome"}


def test_every_metric_says_what_it_means_and_has_only_labels_from_closed_lists() -> None:
    declared = [thing for thing in vars(metrics).values() if hasattr(thing, "_documentation")]
    assert len(declared) > 10
    for metric in declared:
        assert metric._name.startswith("moderation_")
        assert metric._documentation.endswith(".")
        assert set(metric._labelnames) <= LABELS


def test_metrics_can_be_read() -> None:
    assert b"# HELP moderation_waiting_items Submissions that wait" in metrics.exposition()
