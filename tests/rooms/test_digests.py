"""When a submission is the same again, and when a text is."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.digests import content_digest, text_digest
from moderation.domain import ArticleRef, Author, Submission

AUTHOR = Author(name="Ana", email="ana@example.org", url="https://a.b", ip="192.0.2.7", user_agent="M")
SENT = Submission(external_id="c-1", article=ArticleRef("a-1"), author=AUTHOR, text="Good.", parent_id="c-0")


def keyed(message: bytes) -> bytes:
    return hmac.digest(b"k" * 32, message, "sha256")


@pytest.mark.parametrize(
    "other",
    [
        replace(SENT, external_id="c-2"),
        replace(SENT, submitted_at=datetime(2026, 11, 23, tzinfo=UTC)),
        replace(SENT, filled_in_ms=5),
        replace(SENT, article=ArticleRef("a-1", url="https://n.b", title="T")),
        replace(SENT, author=replace(AUTHOR, ip=None, user_agent=None)),
    ],
)
def test_what_may_change_when_a_site_sends_again_leaves_the_digest_alone(other: Submission) -> None:
    assert content_digest(other, keyed=keyed) == content_digest(SENT, keyed=keyed)


@pytest.mark.parametrize(
    "other",
    [
        replace(SENT, article=ArticleRef("a-2")),
        replace(SENT, parent_id=None),
        replace(SENT, text="Good"),
        replace(SENT, author=replace(AUTHOR, name="Bo")),
        replace(SENT, author=replace(AUTHOR, email="bo@example.org")),
        replace(SENT, author=replace(AUTHOR, url=None)),
        replace(SENT, author=replace(AUTHOR, name='Ana", "ana@example.org')),
        replace(SENT, article=ArticleRef("a-1c-0"), parent_id=""),
    ],
)
def test_what_the_reader_has_sent_changes_the_digest(other: Submission) -> None:
    assert content_digest(other, keyed=keyed) != content_digest(SENT, keyed=keyed)


def test_the_digest_is_made_by_the_key_and_cannot_be_made_without_it() -> None:
    digest = content_digest(SENT, keyed=keyed)

    assert len(digest) == 32
    assert digest != content_digest(SENT, keyed=lambda message: hmac.digest(b"other", message, "sha256"))
    assert digest != content_digest(SENT, keyed=lambda message: message)


@given(st.lists(st.text(st.characters(exclude_categories=())) | st.none(), min_size=6, max_size=6))
def test_what_is_digested_is_the_json_of_all_that_the_reader_has_sent(parts: list[str | None]) -> None:
    article, parent, name, email, url, text = parts
    author = Author(name=name or "", email=email or "", url=url)
    sent = Submission("c-1", ArticleRef(article or ""), author, text or "", parent_id=parent)
    canonical = json.dumps([article or "", parent, name or "", email or "", url, text or ""])

    assert content_digest(sent, keyed=lambda message: message) == hashlib.sha256(canonical.encode()).digest()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Buy now", "  BUY \n\t now "),
        ("Buy now", "Buy\u00a0now"),
        ("Buy now", "B\u200bu\u00ady\ufeff now"),
        ("Buy now", "Ｂｕｙ　ｎｏｗ"),
        ("Straße", "STRASSE"),
        ("e\u0301", "\u00c9"),
        ("ﬁn", "FIN"),
        ("ᾳ", "\u1fbc"),
    ],
)
def test_case_spacing_width_and_invisible_marks_do_not_make_another_text(one: str, other: str) -> None:
    assert text_digest(one) == text_digest(other)


@pytest.mark.parametrize(("one", "other"), [("a b", "ab"), ("a", "b"), ("a", "á"), ("", "a"), ("a", "а")])
def test_other_words_make_another_text(one: str, other: str) -> None:
    assert text_digest(one) != text_digest(other)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_has_a_digest_of_32_bytes_that_its_own_case_folding_shares(text: str) -> None:
    assert len(text_digest(text)) == hashlib.sha256().digest_size
    assert text_digest(text) == text_digest(f" {text.casefold()} ")
