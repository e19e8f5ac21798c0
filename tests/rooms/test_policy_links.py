"""Links that lead away from the site are counted as a reader would count them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moderation.policy import count_links
from moderation.policy.letters import folded
from moderation.policy.links import has_at_most

SITE = "www.daily.example"


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("", 0),
        ("No links. None at all.", 0),
        ("see http://a.test/x?y=1#z", 1),
        ("HTTPS://A.TEST", 1),
        ("www.a.test", 1),
        ("evil.com", 1),
        ("Visit evil.com.", 1),
        ("(evil.com)", 1),
        ("-evil.com", 1),
        ("foo...evil.com", 1),
        ("bit.ly/abc and t.me/abc", 2),
        ("evil.com:8080/x", 1),
        ("a.com,b.com;c.com", 3),
        ("http://a.test,http://b.test", 2),
        ("http://1.2.3.4/ http://[2001:db8::1]/", 2),
        ("http:\\\\evil.test", 1),
        ("hxxp://evil.test", 1),
        ("EVIL．ＣＯＭ", 1),
        ("ev\u00adil.com", 1),
        ("пример.рф xn--e1afmkfd.xn--p1ai münchen.de", 3),
        ("请访问evil.com谢谢", 1),
        ("http://a.test http://a.test", 2),
        # One link each, whatever its text.
        ("[a](http://a.test)", 1),
        ("[http://a.test](http://a.test)", 1),
        ("[a](//a.test/x)", 1),
        ("<http://a.test> <http://b.test>", 2),
        ('<a href="http://a.test/">http://a.test/</a>', 1),
        ('<a href="http://a.test/" rel="nofollow">a.com</a> and <a href=http://b.test>b</a>', 2),
        ("[url=http://a.test]http://a.test[/url]", 1),
        ("[url]http://a.test[/url]", 1),
        ('<a href="//a.test">x</a>', 1),
        ('<a href="http://evil.test">daily.example</a>', 1),
        # No links, or not away from here.
        ("ana@example.org", 0),
        ("mailto:ana@mail.example.org", 0),
        ("It was good.It is not.So what?", 0),
        ("it works.At last, e.g. in the U.S. for 3.5 or 1.000.000", 0),
        ("Is it so.it?", 0),
        ("[a](#top) [b](/article/1)", 0),
        ("and/or 1/2 http:// www. ://", 0),
        ("http://daily.example/a https://www.daily.example #x http://static.daily.example", 0),
        ("HTTP://DAILY.EXAMPLE:443/ http://user:word@daily.example/", 0),
        ("看https://daily.example谢谢", 0),
        # What only looks like the site.
        ("http://daily.example.evil.test/", 1),
        ("http://notdaily.example/", 1),
        ("http://daily.example@evil.test/", 1),
        ("http://evil.test\\@daily.example/", 1),
        ("http://evil.test/?daily.example", 1),
    ],
)
def test_links_away_from_the_site_are_counted(text: str, links: int) -> None:
    assert count_links(text, SITE) == links


@pytest.mark.parametrize("site", ["bücher.example", "xn--bcher-kva.example", "WWW.BÜCHER.EXAMPLE:8080"])
@pytest.mark.parametrize("link", ["http://bücher.example/", "http://xn--bcher-kva.example/", "http://a.bücher.example"])
def test_both_spellings_of_an_international_site_are_its_own(site: str, link: str) -> None:
    assert count_links(link, site) == 0


@given(text=st.text(), site=st.text())
def test_any_text_has_a_number_of_links(text: str, site: str) -> None:
    assert 0 <= count_links(text, site) <= len(folded(text))


@given(n=st.integers(0, 30))
def test_each_link_counts(n: int) -> None:
    assert count_links(" and ".join(f"http://h{i}.test/" for i in range(n)), SITE) == n


PIECES = [
    "a",
    "a.",
    "a-",
    "a--",
    ".a",
    "a..",
    "-",
    ".",
    "/",
    "@",
    "a@",
    "http:",
    "http://",
    "www.",
    "](",
    "](  ",
    "[a](",
    "href=",
    "href = '",
    "http://a@",
    "url=http://a.co ",
    "<a href=http://a.co>",
    "加",
    "a加",
    "加.",
    "рф.",
    "a.com",
    "a.com谢",
    "a_",
    "<",
]


@pytest.mark.parametrize("piece", PIECES)
def test_the_time_grows_with_the_text_and_not_with_its_square(piece: str) -> None:
    def least_work(letters: int) -> int:
        text = "b.c " + piece * (letters // len(piece)) + "!"  # what may hold a link is looked at more closely
        spent = []
        for _ in range(5):
            # Of the processor, not of the clock on the wall: others may want the machine meanwhile.
            begin = time.process_time_ns()
            count_links(text, SITE)
            spent.append(time.process_time_ns() - begin)
        return min(spent)

    # Eight times the text takes about eight times the work; its square would be 64 times.
    assert least_work(40_000) <= 24 * least_work(5_000)


_PIECES = (
    "a", "evil", "com", ".", "..", "-", "_", " ", "/", "//", "\\", ":", "http:", "https://", "hxxp:/", "www.", '"', "(",
    "=", "<", "[", "](", "href=", ">", "@", "#", "?", "9", ":80", "bit.ly", "t.me", "xn--p1ai",
    "\u53ef", "\u0440\u0444",
)  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=30).map("".join))
def test_no_text_has_more_links_than_it_seems_to_have_at_most(text: str) -> None:
    read = text if text.isascii() else folded(text)
    links = count_links(text, SITE)
    assert links == 0 or not has_at_most(links - 1, read)


def test_of_most_texts_it_is_seen_at_once_that_they_have_few_links() -> None:
    assert has_at_most(0, "No links... none - at all; see p. 3 and/or 1/2")
    assert has_at_most(1, "evil.com and no more")
    assert not has_at_most(1, "evil.com bit.ly/abc")
