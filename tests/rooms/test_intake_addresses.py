"""E-mail, web and IP addresses as the intake takes them."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from moderation.intake import addresses
from tests.bad_inputs import rows, strings

ADDRESSES = [(row["address"], row["verdict"]) for row in rows("emails")]
_ATOM = "abcxyzABC0129_!#$%&'*+-/=?^`{|}~."
_LABEL = st.text("abcxyzA019-", max_size=8) | st.text("ab", min_size=60, max_size=65)
_LOCAL = (
    st.text(_ATOM, max_size=8)
    | st.text(_ATOM, min_size=62, max_size=66)
    | st.sampled_from(["postmaster", "Postmaster", "INFO", '"a b"', "é", "e\u0301", "", "a<b", "\ud800"])
)
_DOMAIN = (
    st.lists(_LABEL, max_size=5).map(".".join)
    | st.sampled_from(
        [
            "example.org",
            "EXAMPLE.org",
            "xn--bcher-kva.example.com",
            "XN--bcher-kva.com",
            "xn--a.com",
            "b\u00fccher.de",
            "ab--cd.com",
            "a.test",
            "a.invalid",
            "localhost",
            "[127.0.0.1]",
            "example.org.",
            "a\uff0ecom",
            "192.0.2.1",
            "example.c0m",
        ]
    )
    | st.text(max_size=8)
)


@pytest.mark.parametrize(("address", "verdict"), ADDRESSES, ids=[row["id"] for row in rows("emails")])
def test_each_address_of_the_corpus_gets_its_verdict(address: str, verdict: str) -> None:
    taken = True
    try:
        addresses.email(address)
    except PydanticCustomError as error:
        taken = False
        # The sentence is the same for every wrong address.
        assert error.message() in {  # noqa: PT017
            "This is required.",
            "An e-mail address has at most 254 characters.",
            "This is not an e-mail address that can receive mail.",
        }

    if verdict in {"valid", "invalid"}:
        assert taken == (verdict == "valid")


@pytest.mark.parametrize("address", [address for address, _ in ADDRESSES] + strings())
def test_the_fast_path_agrees_with_the_library_on_the_corpus(address: str) -> None:
    assert addresses.normal_email(address) == addresses.by_library(address)


@settings(max_examples=1_000)
@given(st.builds("{}@{}".format, _LOCAL, _DOMAIN) | st.text(max_size=40))
@example("a" * 64 + "@" + ".".join(["b" * 61] * 3) + ".com")
@example("a" * 63 + "@" + ".".join(["b" * 61] * 3) + ".com")
@example("a@" + "b" * 63 + ".com")
@example("a@" + "b" * 64 + ".com")
@example("a@b.com\n")
@example("a" * 64 + "@xn--" + ("\U00020000" * 47).encode("punycode").decode() + ".com")
def test_the_fast_path_agrees_with_the_library_on_any_address(address: str) -> None:
    assert addresses.normal_email(address) == addresses.by_library(address)


def test_an_ordinary_address_takes_the_fast_path_once_its_domain_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses.normal_email("ana@known.example.org")
    asked: list[str] = []
    monkeypatch.setattr(addresses, "by_library", lambda address: asked.append(address))

    normal = addresses.normal_email("john.q+news@known.example.org")

    assert normal == "john.q+news@known.example.org"
    assert asked == []


def test_the_cache_asks_the_library_for_a_domain_without_its_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(addresses, "by_library", lambda address: asked.append(address))

    addresses.normal_email("secret.reader@never-seen-before.example.org")

    assert asked == ["a@never-seen-before.example.org"]


def test_the_memory_of_domains_is_bounded() -> None:
    for number in range(5_000):
        addresses.normal_email(f"ana@d{number}.example.org")

    kept = addresses._domain.cache_info()
    assert kept.maxsize == kept.currsize == 4_096


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (None, None),
        ("", None),
        (" \u200b", None),
        ("https://example.org/a?b=c#d", "https://example.org/a?b=c#d"),
        ("HTTP://Example.org", "http://Example.org"),
        ("  http://example.org  ", "http://example.org"),
        ("example.org", "https://example.org"),
        ("example.org:8080/x", "https://example.org:8080/x"),
        ("//example.org/x", "https://example.org/x"),
        ("www.example.org?u=http://b", "https://www.example.org?u=http://b"),
        ("bücher.de", "https://bücher.de"),
        ("http://हिन्दी.example", "http://हिन्दी.example"),
        ("http://[2001:db8::1]:80/", "http://[2001:db8::1]:80/"),
        ("http://192.0.2.1", "http://192.0.2.1"),
        ("http://localhost/", "http://localhost/"),
        ("https://a.b/" + "a" * 1_988, "https://a.b/" + "a" * 1_988),
    ],
)
def test_a_website_is_kept_as_an_http_address(typed: str | None, kept: str | None) -> None:
    assert addresses.website_or_none(typed) == kept


NOT_PAGES = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\tscript:alert(1)",
    "\x01javascript:alert(1)",
    "javascript&colon;alert(1)",
    "javascript://example.org/%0aalert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:ana@example.org",
    "ftp://example.org",
    "httpſ://example.org",
    "file:///etc/passwd",
    "blob:https://example.org/x",
    "tel:5",
    "http:",
    "http://",
    "http:///path",
    "http:/example.org",
    "http:example.org",
    "https:8080",
    "https://ana@example.org",
    "ana@example.org",
    "http://user:pass@example.org/",
    "http://example.org\\@evil.example",
    "http://example.org:65536/",
    "http://example.org:x/",
    "http://a..b/",
    "http://.b/",
    "http://[::1/",
    "http://[1:2]/",
    "http://[]/",
    'http://example.org/"onmouseover=alert(1)',
    "http://example.org/<script>",
    "http://example.org/a b",
    "http://example.org/\u202egpj.exe",
    "http://example.org/\x00",
    "http://example.org/\ud800",
    "http://" + "a." * 127 + "org",
    "none",
    "n/a",
    "-",
    "http://%6a/",
]


@pytest.mark.parametrize("typed", NOT_PAGES)
def test_what_is_no_http_address_of_a_page_is_invalid(typed: str) -> None:
    for taken in (addresses.website_or_none, addresses.page_or_none):
        with pytest.raises(PydanticCustomError) as caught:
            taken(typed)

        assert caught.value.type == "invalid"


def test_the_address_of_an_article_needs_its_scheme() -> None:
    with pytest.raises(PydanticCustomError):
        addresses.page_or_none("news.example/a-1")


@pytest.mark.parametrize("taken", [addresses.website_or_none, addresses.page_or_none])
def test_an_address_of_a_page_has_at_most_2000_characters(taken: object) -> None:
    assert callable(taken)
    assert len(taken("https://a.b/" + "a" * 1_988)) == 2_000

    with pytest.raises(PydanticCustomError) as caught:
        taken("https://a.b/" + "a" * 1_989)

    assert caught.value.type == "too_long"


@given(
    st.text() | st.builds("{}{}".format, st.sampled_from(["http://", "//", "javascript:", "a.b/", "https:"]), st.text())
)
def test_any_website_is_http_or_none_or_refused(typed: str) -> None:
    try:
        kept = addresses.website_or_none(typed)
    except PydanticCustomError:
        return
    assert kept is None or kept.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (None, None),
        ("", None),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:DB8:0:0::7", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::", "::"),
    ],
)
def test_an_ip_is_kept_in_its_canonical_form(sent: str | None, kept: str | None) -> None:
    assert addresses.ip_or_none(sent) == kept


@pytest.mark.parametrize(
    "sent",
    ["192.0.2.256", "192.0.2", "0300.0.0.1", "1", 1, 3221225991, b"\x01\x02\x03\x04", "fe80::1%eth0", "192.0.2.7/24",
     " 192.0.2.7", "192.0.2.7, 192.0.2.8", "١.1.1.1", "[::1]", "\ud800", ["192.0.2.7"]],
)  # fmt: skip
def test_what_is_no_ip_is_invalid(sent: object) -> None:
    with pytest.raises(PydanticCustomError) as caught:
        addresses.ip_or_none(sent)

    assert caught.value.type == "invalid"
