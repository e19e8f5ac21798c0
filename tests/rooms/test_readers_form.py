"""What a form carries, how often it may be sent, and on whose pages it may stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from hmac import digest as hmac_digest
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.domain import Site, SitePolicy
from moderation.errors import Flood, RateLimited
from moderation.policy import origin_of
from moderation.readers.flood import TRIES_OF_ADDRESS, Turnstile, Window
from moderation.readers.origins import may_hold_form
from moderation.readers.token import GOOD_FOR, new_token, read_token

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SITE = UUID(int=1)


def keyed(message: bytes, *, key: bytes = b"k" * 32) -> bytes:
    return hmac_digest(key, message, sha256)


def test_a_token_tells_when_the_form_was_opened() -> None:
    opened = read_token(new_token("a-1", digest=keyed, now=NOW), "a-1", digest=keyed, now=NOW + timedelta(days=6))
    assert opened is not None
    assert opened.opened_at == NOW


def test_each_form_has_a_name_of_its_own() -> None:
    tokens = [new_token("a-1", digest=keyed, now=NOW) for _ in range(3)]
    names = {opened.external_id for token in tokens if (opened := read_token(token, "a-1", digest=keyed, now=NOW))}
    assert len(names) == 3


def test_a_token_of_another_site_article_or_time_is_none() -> None:
    token = new_token("a-1", digest=keyed, now=NOW)
    assert read_token(token, "a-2", digest=keyed, now=NOW) is None
    assert read_token(token, "a-1", digest=partial(keyed, key=b"o" * 32), now=NOW) is None
    assert read_token(token, "a-1", digest=keyed, now=NOW + GOOD_FOR) is None


@given(place=st.integers(0, 47), letter=st.sampled_from("ABCabc019-_"))
def test_a_token_with_one_letter_changed_is_none(place: int, letter: str) -> None:
    token = new_token("a-1", digest=keyed, now=NOW)
    changed = token[:place] + letter + token[place + 1 :]
    assert changed == token or read_token(changed, "a-1", digest=keyed, now=NOW) is None


@given(token=st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_what_is_no_token_is_none(token: str) -> None:
    assert read_token(token, "a-1", digest=keyed, now=NOW) is None


def test_a_window_is_full_until_enough_of_it_has_passed() -> None:
    window = Window(60)
    for _ in range(3):
        assert window.wait(b"a", 3, now=600) is None
        window.count(b"a", now=600)
    assert window.wait(b"a", 3, now=600) == 61
    assert window.wait(b"b", 3, now=600) is None
    assert window.wait(b"a", 3, now=659) is not None
    assert window.wait(b"a", 3, now=661) is None  # a part of the old ones has left
    assert window.wait(b"a", 1, now=719) is None
    assert window.wait(b"a", 1, now=10_000) is None


async def test_whoever_is_refused_for_their_own_address_does_not_close_the_form_for_others() -> None:
    turnstile = Turnstile()
    limit = TRIES_OF_ADDRESS + 1
    for _ in range(TRIES_OF_ADDRESS):
        await turnstile.pass_through(b"robot", SITE, site_limit=limit, now=0)
    for _ in range(100):
        with pytest.raises(RateLimited):
            await turnstile.pass_through(b"robot", SITE, site_limit=limit, now=0)
    await turnstile.pass_through(b"reader", SITE, site_limit=limit, now=0)
    with pytest.raises(Flood):
        await turnstile.pass_through(b"another", SITE, site_limit=limit, now=0)
    await turnstile.pass_through(b"another", UUID(int=2), site_limit=limit, now=0)
    await turnstile.pass_through(b"another", SITE, site_limit=0, now=0)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://planet.example.com/news?x#y", "https://planet.example.com"),
        ("HTTPS://Planet.Example.com:443", "https://planet.example.com"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:80", "http://[::1]"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://ana@planet.example.com", "https://planet.example.com"),
        ("ftp://planet.example.com", None),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://a b", None),
        ("https://a:99999", None),
        ("null", None),
        ("", None),
    ],
)
def test_the_origin_of_an_address_is_what_a_browser_would_send(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


def test_the_form_may_stand_on_pages_of_the_site_and_on_those_that_it_names() -> None:
    site = Site(SITE, "s", "https://planet.example.com/news/", SitePolicy(allowed_origins=("https://m.example",)))
    origins = ("https://planet.example.com", "https://m.example", "https://m.example.evil", "null", "")
    assert [may_hold_form(origin, site) for origin in origins] == [True, True, False, False, False]
