"""How a text is read: without its disguise, without anything personal, and with its places kept."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.scoring.characters import FOLD, fold_character
from moderation.scoring.edits import _SPACED_HINT, may_be_spaced
from moderation.scoring.hosts import _KINDS, Kind, kind_of
from moderation.scoring.reading import fold, read, trace
from moderation.scoring.tokens import (
    CITED,
    CLASS_NAMES,
    EMAIL,
    ID,
    LINK,
    LONG_NUMBER,
    MENTION,
    MONEY,
    NUMBERS,
    OFFER,
    OWN,
    PHONE,
    PLATFORM,
    PROFILE,
    SHORT,
    TIME,
)

# What attackers and honest people write: every block, and what the rules of this room look at.
_SIGNS = st.one_of(
    st.characters(),
    st.sampled_from("aеoо013@$€ .,:/-_+()'#!?\n\u200b\ufeff\u0301\u0335\u202e𝐚ａ①㎏ﷺİßéйΣς你👍🏽\ue000\U000f0000"),
    st.sampled_from("🇩⒜\u2800₣ᖴ卂ñôç<>[]&;"),
    st.sampled_from("abcdefghijklmnopqrstuvwxyz"),
)
_DISGUISED = ["&#102;", "&#x65", "&amp;", "<b>", "</b>", "<br />", "[/b]", "\u202eeerf", "f r e e", "🇫🇷🇪", "fréê mòñëy"]
HOSTILE = st.one_of(
    st.text(_SIGNS, max_size=200),
    st.lists(st.one_of(_SIGNS, st.sampled_from(_DISGUISED)), max_size=60).map("".join),
)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("Ｆｒｅｅ 𝐦𝐨𝐧𝐞𝐲", ["free", "money"]),
        ("ⓕⓡⓔⓔ 🅼🅾🅽🅴🆈", ["free", "money"]),
        ("ꜰʀᴇᴇ ᴍᴏɴᴇʏ", ["free", "money"]),
        ("fr\u200bee mo\u00adn\u2060ey\ufeff", ["free", "money"]),
        ("frеe mоnеу vіаgrа", ["free", "money", "viagra"]),
        ("frεe mοney", ["free", "money"]),
        ("fr33 m0ney", ["free", "money"]),
        ("ch@nnel $ubscribe", ["channel", "subscribe"]),
        ("f r e e m o n e y", ["freemoney"]),
        ("f r e e  m o n e y!", ["free", "money", "!"]),
        ("FREE MONEY", ["free", "money"]),
        ("sooooo goood", ["soo", "good"]),
        ("f\u0335r\u0336e\u0337e\u0338", ["free"]),
        ("зaрaбoтoк", ["заработок"]),  # a Russian word with Latin a, p, o, t, k in it
        ("⒡⒭⒠⒠ 🄜🄞🄝🄔🄨", ["free", "money"]),
        ("\u202eyenom eerf\u202c now", ["free", "money", "now"]),
        ("🇫\u200b🇷\u200b🇪\u200b🇪 🇲🇴🇳🇪🇾", ["free", "money"]),
        ("fr&#101;e m&#x6f;ney &#70;ree", ["free", "money", "free"]),
        ("I&#39;m here &amp; &quot;free&quot;", ["i'm", "here", "&", '"', "free", '"']),
        ("fr<b></b>ee mo<!-- x -->ney fr[i]e[/i]e", ["free", "money", "free"]),
        ("one<br />two", ["one", "two"]),
        ("₣ree ₥oney ch€ck", ["free", "money", "check"]),
        ("ᖴᖇEE ᗰOᑎEY", ["free", "money"]),
        ("千尺ㄖ爪 fr乇e", ["from", "free"]),
        ("ᗰᗩKᗴ ᖴᖇᗴᗴ ᗰᑎᗴ", ["make", "free", "mne"]),
        ("¢hคຖຖēl คຖ໓ Şน๖Ş¢ri๖ē", ["channel", "and", "subscribe"]),
        ("cĥàn̂ņȩl and suḅšcŗïbe ṃy ñe̊w óne", ["channel", "and", "subscribe", "my", "new", "one"]),
        ("ѵเคgгค ꓝꓣEE", ["viagra", "free"]),
        ("fréê mòñëy chéckîñg thïš nôw", ["free", "money", "checking", "this", "now"]),
        ("f\u2800r\u2800e\u2800e", ["free"]),
        ("f/r/e/e m~o~n~e~y", ["free", "money"]),
        ("f\u0489r\u0489e\u0489e\u0489", ["free"]),
    ],
)
def test_a_disguised_word_is_read_as_the_word(written: str, words: list[str]) -> None:
    assert read(written).tokens == words


@pytest.mark.parametrize(
    "honest",
    [
        "привет как дела съешь ещё этих мягких французских булок",
        "щука їжак ґанок ў краіне љубав ђак",
        "γειά σου κόσμε ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
        "我们明天去看电影 日本語のテキスト 한국어",
        "مرحبا بالعالم كيف حالك",
        "שלום עולם",
        "नमस्ते दुनिया สวัสดี",
        "größe straße naïve café señor łódź čeština",
        "příliš žluťoučký kůň úpěl ďábelské ódy",
        "zażółć gęślą jaźń pchnąć w tę łódź jeża",
        "à noël où un zéphyr haï me vêt de glaçons würmiens je dîne d'exquis rôtis de bœuf",
        "люди ђак ћуприја црна гора",
        "千山万水 口中 長工 山口 ノート",
        "the letter א is aleph and 山 is a mountain",
        "ร้านค้า ภูเขา שלום רב ᐃᓄᒃᑎᑐᑦ ꭳꮟᏺ ꓡꓲ ꓢꓴ ⲁⲅⲅⲉⲗⲟⲥ",
        "don't rock'n'roll",
    ],
)
def test_honest_text_of_every_script_is_left_as_it_is(honest: str) -> None:
    assert fold(honest) == honest
    assert read(honest).tokens == honest.split()
    assert read(honest).marks == []


def test_flags_money_and_enumerations_are_what_they_are() -> None:
    assert fold("🇩🇪🇫🇷 win") == "🇩🇪🇫🇷 win"
    assert read("₹500 £20 50€ §5").tokens == [MONEY, MONEY, MONEY, "§", NUMBERS[0]]
    assert read("if a < b and c > d, or [1] & [2]").tokens[:4] == ["if", "a", "<", "b"]
    assert read("AT&T; R&D").tokens == ["at", "&", "t", ";", "r", "&", "d"]


def test_decomposed_letters_are_read_like_composed_ones() -> None:
    text = "Größe señor й ё が"

    assert read(unicodedata.normalize("NFD", text)).tokens == read(text).tokens


@pytest.mark.parametrize("trap", ["\ufeff", "\u200b\ufeff", "\ufeff\ufeff"])
def test_invisible_characters_at_the_ends_are_never_counted(trap: str) -> None:
    plain = read("What a song")

    for text in (f"What a song{trap}", f"{trap}What a song", f"What a song {trap}"):
        assert read(text).tokens == plain.tokens
        assert read(text).marks == plain.marks


def test_invisible_characters_inside_words_are_counted_but_joiners_of_persian_and_emoji_are_not() -> None:
    assert read("vi\u200bagra and ca\u200bsino").marks == ["hidden", "hidden"]
    assert read("می\u200cخواهم 👨\u200d👩\u200d👧").marks == []


@pytest.mark.parametrize(
    ("written", "classes"),
    [
        ("john.doe+news@example.co.uk", [EMAIL]),
        ("Mail:john_doe@example.com!", [EMAIL]),
        ("ｊｏｈｎ＠ｅｘａｍｐｌｅ．ｃｏｍ", [EMAIL]),
        ("jo\u200bhn@exa\u200bmple.com", [EMAIL]),
        ("smith2@work", [EMAIL]),
        ("+44 20 7946 0958", [PHONE]),
        ("(020) 7946-0958", [PHONE]),
        ("0049-171-1234567", [PHONE]),
        ("08452810075", [PHONE]),
        ("2125551234", [LONG_NUMBER]),
        ("4111111111111111", [LONG_NUMBER]),
        ("7f3a9b2c1d0e4f5a", [ID]),
        ("DE89370400440532013000", [ID]),
        ("@somebody", [MENTION]),
        ("3:45", [TIME]),
        ("$1,000", [MONEY]),
        ("100€", [MONEY]),
        ("7 42 365 2016 87121", list(NUMBERS)),
        ("4111 1111 1111 1111", [NUMBERS[3]] * 4),
    ],
)
def test_what_could_be_personal_becomes_a_class(written: str, classes: list[str]) -> None:
    tokens = read(written).tokens

    assert [token for token in tokens if token in CLASS_NAMES] == classes
    assert all(token in CLASS_NAMES or token in ("mail", ":", "!") for token in tokens)


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("https://www.channels.com/watch?v=dQw4w9WgXcQ", [LINK, "channels", "com"]),
        ("http://user:password@shop.example.org/john.smith?mail=a@b.de", [LINK, "shop", "example", "org"]),
        ("visit example.com/me now", ["visit", LINK, "example", "com", "now"]),
        ("shor.be/abc", [LINK, "shor", "be"]),
        ("https://www.theguardian.com/world/2026 says", [CITED, "says"]),
        ("see www.health.gov.uk/a and uni-x.ac.at/b", ["see", CITED, "and", CITED]),
        ("https://youtu.be/abc https://notyoutu.be/abc", [PLATFORM, LINK, "notyoutu", "be"]),
        ("m.youtube.com/watch?v=1 (https://x.com/someone/2)", [PLATFORM, "(", PLATFORM]),
        ("https://m.facebook.com/somebody like it", [LINK, PROFILE, "like", "it"]),
        ("t.me/somebody or wa.me/491510000", [LINK, PROFILE, "or", LINK, PROFILE]),
        ("play.google.com/store maps.google.com/here plus.google.com/1", [LINK, OFFER, CITED, LINK, PROFILE]),
        ("bit.ly/abc rabbit.ly/abc", [LINK, SHORT, LINK, "rabbit", "ly"]),
        ("I agree.it is so.to be", ["i", "agree", ".", "it", "is", "so", ".", "to", "be"]),
    ],
)
def test_of_a_link_only_the_host_is_read(written: str, tokens: list[str]) -> None:
    assert read(written).tokens == tokens


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("https://news.example.org/a?b=1 yes", [OWN, "yes"]),
        ("m.news.example.org:8080/x", [OWN]),
        ("NEWS.EXAMPLE.ORG", [OWN]),
        ("read:https://www.news.example.org.", ["read", ":", OWN, "."]),
        ("https://news.example.org.evil.com/", [LINK, "example", "org", "evil", "com"]),
        ("https://badnews.example.org", [LINK, "badnews", "example", "org"]),
        ("someone@news.example.org", [EMAIL]),
    ],
)
def test_links_to_the_pages_of_the_site_are_a_class_of_their_own(written: str, tokens: list[str]) -> None:
    assert read(written, "news.example.org").tokens == tokens
    assert [place.text for place in trace(read(written, "news.example.org"))] == tokens


@pytest.mark.parametrize("sign", [" ", ".", "-", "_", "*", "|"])
def test_letters_that_are_set_apart_are_read_as_a_word(sign: str) -> None:
    assert read(f"now {sign.join('subscribe')} here").tokens == ["now", "subscribe", "here"]
    assert read("the U.S.A. and e.g. a-b").tokens[:2] == ["the", "u"]


def test_a_class_cannot_be_brought_in_from_outside() -> None:
    assert read("".join(CLASS_NAMES)).tokens == []


@given(HOSTILE)
@settings(max_examples=400)
def test_the_traced_tokens_are_the_tokens_and_lie_in_order_within_the_text(text: str) -> None:
    places = trace(read(text))

    assert [place.text for place in places] == read(text).tokens
    assert all(0 <= place.start < place.end <= len(text) for place in places)
    assert [place.start for place in places] == sorted(place.start for place in places)


@pytest.mark.parametrize(
    ("written", "token", "marked"),
    [
        ("so m\u200bо0ney!", "mooney", "m\u200bо0ney"),
        ("get f r e e stuff", "free", "f r e e"),
        ("call +44 20 7946 0958 now", PHONE, "+44 20 7946 0958"),
        ("see www.example.com/x, ok", "example", "www.example.com/x,"),
        ("𝐅𝐑𝐄𝐄!", "free", "𝐅𝐑𝐄𝐄"),
        ("ﬁne e\u0301te\u0301", "été", "e\u0301te\u0301"),
        ("ﬁne", "fine", "ﬁne"),
        ("so fr&#101;e now", "free", "fr&#101;e"),
        ("get fr<b></b>ee!", "free", "fr<b></b>ee"),
        ("see \u202eeerf\u202c", "free", "\u202eeerf"),
    ],
)
def test_the_place_of_a_token_is_what_was_written(written: str, token: str, marked: str) -> None:
    found = [place for place in trace(read(written)) if place.text == token]

    assert [written[place.start : place.end] for place in found] == [marked]


def test_ascii_is_folded_the_same_way_with_and_without_the_fast_path() -> None:
    ascii_characters = "".join(map(chr, range(128)))

    assert fold(ascii_characters) == ascii_characters.translate(FOLD)


def test_no_character_expands_to_more_than_three() -> None:
    assert max(len(fold_character(chr(code))) for code in range(0x30000)) == 3


LONG = 20_000
PATTERNS = {
    "one word": "x" * LONG,
    "labels": "a." * (LONG // 2),
    "hyphens": "a-" * (LONG // 2),
    "numbers": "1." * (LONG // 2),
    "spaced digits": "1 " * (LONG // 2),
    "plus signs": "+1 " * (LONG // 3),
    "at signs": "a@" * (LONG // 2),
    "nearly an address": "a" * (LONG - 1) + "@",
    "digits and a letter": "1" * (LONG - 1) + "x",
    "spaced letters": "a " * (LONG // 2),
    "marks": "a" + "\u0301\u0316" * (LONG // 2),
    "styled": "𝐚" * LONG,
    "zero width": "a\u200b" * (LONG // 2),
    "expanding": "㏂" * LONG,
    "longest expansion": "ﷺ" * LONG,
    "links": "http://" * (LONG // 7),
    "mixed scripts": "аa" * (LONG // 2),
    "every ideograph": "".join(chr(0x4E00 + i) for i in range(LONG)),
    "colons": "1:" * (LONG // 2),
    "brackets": "(1" * (LONG // 2),
    "underscores": "_" * LONG,
    "entities": "&#102;" * (LONG // 6),
    "ampersands": "&#" * (LONG // 2),
    "tags": "a<b " * (LONG // 4),
    "tags in a word": "a<b>" * (LONG // 4),
    "comments": "a<!--" * (LONG // 5),
    "turned": "\u202ea" * (LONG // 2),
    "letters of flags": "🇩" * LONG,
    "accents": "àéîõç" * (LONG // 5),
    "signs": "a€" * (LONG // 2),
    "fancy letters": "卂ᗷ" * (LONG // 2),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_reading_takes_time_in_proportion_to_the_length(name: str) -> None:
    text = PATTERNS[name]

    def seconds(part: str) -> float:
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            read(part)
            best = min(best, time.process_time() - start)
        return best

    # A quadratic pattern takes sixteen times as long for four times the text; the constant is for the clock.
    assert seconds(text) < 8 * seconds(text[: LONG // 4]) + 0.02


@pytest.mark.parametrize("row", ["______", "-_-_-_", "~~~~____", "__!!__"])
def test_a_row_of_underscores_and_signs_is_one_word(row: str) -> None:
    assert len(read(f"well {row} then").tokens) == 3


@given(st.one_of(HOSTILE, st.text("aZé1 ._*|-,", max_size=30)))
def test_no_word_whose_letters_stand_apart_is_missed(text: str) -> None:
    assert may_be_spaced(text) == (_SPACED_HINT.search(text) is not None)


def test_every_listed_host_is_known_and_so_is_what_lies_below_it() -> None:
    for host, kind in _KINDS.items():
        labels = host.split(".")
        below = ["news", *labels]
        assert kind_of(labels) in (kind, Kind.CITED)
        assert kind_of(below) == (_KINDS.get(".".join(below)) or kind_of(labels))
    assert kind_of(["news", "example", "com"]) is None
    assert kind_of(["com"]) is None
