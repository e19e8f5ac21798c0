"""One piece of text between two spaces becomes words, classes and marks.

A *class* stands for something whose wording must not be learned: an e-mail address, a telephone number, a long id, a
number. It is one private-use character, which no text can bring in from outside. A *mark* counts something for the
hand-made features. Nothing personal gets past this module into a feature.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from moderation.scoring.disguise import shorten, unleet, unmix
from moderation.scoring.hosts import Kind, kind_of

# The classes, with the names that explanations show.
EMAIL, PHONE, ID, LINK, MENTION, TIME, MONEY, LONG_NUMBER = "\ue000\ue001\ue002\ue003\ue004\ue005\ue006\ue007"
CITED, OWN, PLATFORM = "\ue008\ue009\ue00a"  # links to what readers cite, the site's own pages, where all can publish
PROFILE, OFFER, SHORT = "\ue00b\ue00c\ue00d"  # beside `LINK`: to somebody's page, to what is sold, to what is hidden
NUMBERS = "\ue010\ue011\ue012\ue013\ue014"  # of one digit, two, three, four, five and more
CLASS_NAMES = {
    EMAIL: "[e-mail]",
    PHONE: "[phone]",
    ID: "[id]",
    LINK: "[link]",
    MENTION: "[mention]",
    TIME: "[time]",
    MONEY: "[money]",
    LONG_NUMBER: "[long number]",
    CITED: "[cited link]",
    OWN: "[own link]",
    PLATFORM: "[platform link]",
    PROFILE: "[link to a profile]",
    OFFER: "[link to an offer]",
    SHORT: "[shortened link]",
} | {number: f"[number {digits}]" for number, digits in zip(NUMBERS, ("9", "99", "999", "9999", "99999"), strict=True)}
_LINK_TEXTS = {
    Kind.CITED: ((CITED,), None),
    Kind.PLATFORM: ((PLATFORM,), None),
    Kind.PROFILE: ((LINK, PROFILE), "link"),
    Kind.OFFER: ((LINK, OFFER), "link"),
    Kind.SHORT: ((LINK, SHORT), "link"),
}
_MARK_OF = {EMAIL: "email", PHONE: "phone", LINK: "link", MENTION: "mention", MONEY: "money"}

# Top-level domains after which a bare "name.tld" is taken for a link. Those that are English words ("agree.it is")
# count only before a path.
_DOMAINS = (
    "com|net|org|info|biz|edu|gov|ru|de|fr|uk|co|io|ly|gl|tk|ml|ga|cf|gq|xyz|top|online|site|website|club|shop|store|"
    "app|dev|link|click|live|win|bid|loan|pro|eu|cn|br|jp|pl|es|nl|se|ch|ca|au|cc|ws|su|ua|kz|gg|pw|tv|fm|ph|vn|ir|"
    "news|blog|space|life|world|today|vip|bet|casino|icu|fun|buzz|cam|lol|rest|monster|cyou|sbs|рф"
)
_WORDLIKE_DOMAINS = "it|me|to|in|be|us|so|is|at|by|my|id|no|am|as"

# Vowel signs and other marks are parts of words in Hebrew, Arabic, and the scripts of South and South-East Asia, which
# Python does not count among the characters of words.
_IN_WORDS = (
    r"\w\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    r"\u0900-\u0963\u0970-\u0df3\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0ece\u0f71-\u0f84\u0f90-\u0fbc\u102b-\u103e\u1056-\u109d"
    r"\u17b4-\u17d3"
)

# Each alternative either starts only where no word goes on before it, or takes all it has looked at: so the time is
# linear in the length of the text.
_TOKEN = re.compile(
    rf"""
    (?P<email>(?<![\w.+%-])[\w.+%-]++@[\w-]+(?:\.[\w-]+)+)
    |(?P<link>(?:https?:/+|www\d?\.)\S+
        |(?<![\w-])(?<![\w-]\.)(?:[\w-]++\.)+(?:(?:{_DOMAINS})(?![\w-])(?::\d+)?(?:/\S*)?|(?:{_WORDLIKE_DOMAINS})/\S+))
    |(?P<mention>(?<!\w)@[\w.]{{3,}})
    |(?P<class>[{EMAIL}-{NUMBERS[-1]}])
    |(?P<time>(?<![\w:])\d{{1,2}}:\d\d(?::\d\d)?(?![\w:]))
    |(?P<money>[$£€¥₽₹]\d[\d.,]*[km]?(?!\w)|(?<![\w.,])\d++(?:[.,]\d++)*[$£€¥₽₹])
    |(?P<number>(?<!\d[.,/:-])\d++(?:[.,/:-]\d++)*(?!\w))
    |(?P<word>[$@]?[^\W_][{_IN_WORDS}]*(?:['@$]+\w[{_IN_WORDS}]*)*)
    |(?P<symbols>(?:_|[^{_IN_WORDS}\s])+|[^\s])
    """,
    re.VERBOSE,
)
_PLAIN = re.compile(r"""([,.!?;:"()*]*)((?!www)[a-z]+(?:'[a-z]+)*)([,.!?;:"()*]*)""")
_WHOLE_LINK = ("http://", "https://")  # nothing ends such a link but a space
_DIGIT = re.compile(r"\d")
_HOST = re.compile(r"(?:https?:/+)?(?:[^\s/@]*+@)?([^\s/:?#]*)", re.IGNORECASE)
_MAX_LABELS = 4
_MIN_PHONE_DIGITS = 8
# Long and mostly digits, or very long with some: order numbers, keys, file names. A word of that kind teaches nothing.
_MIN_ID, _MIN_ID_DIGITS, _LONG_ID = 8, 4, 16
_MAX_SYMBOLS = 3


class Piece(NamedTuple):
    """What one piece of text between two spaces was read as: words and classes, the place of each in the piece, and
    marks."""

    texts: tuple[str, ...]
    places: tuple[tuple[int, int], ...]
    marks: tuple[str, ...]


def number_class(number: str) -> str:
    """Returns the class of a number by its count of digits; a telephone number is told by how it starts."""
    digits = len(_DIGIT.findall(number))
    if digits < _MIN_PHONE_DIGITS:
        return NUMBERS[min(digits, len(NUMBERS)) - 1]
    return PHONE if number.startswith(("+", "0", "(")) else LONG_NUMBER


def read_word(word: str) -> tuple[str, str | None]:
    """Returns a word without its disguise, and the mark of the disguise. Digits that stay are read as 0."""
    if word.isascii() and word.isalpha():
        short = shorten(word)
        return short, "drawn out" if short != word else None
    plain = unmix(word)
    mark = "mixed scripts" if plain != word else None
    digits = len(_DIGIT.findall(plain))
    if digits and ((len(plain) >= _MIN_ID and digits >= _MIN_ID_DIGITS) or len(plain) >= _LONG_ID):
        return ID, mark
    unmasked = unleet(plain)
    if unmasked != plain:
        mark = mark or "leet"
    if "@" in unmasked:
        return EMAIL, mark  # not a letter in disguise: an address within a house, such as name@host
    return shorten(_DIGIT.sub("0", unmasked)), mark


def _host(link: str) -> list[str]:
    found = _HOST.match(link)
    return [label for label in found.group(1).split(".") if label and label != "www"] if found else []


def _host_words(host: list[str]) -> list[str]:
    """The labels of a link's host: "youtube", "com". Its path can name people, so it is not read."""
    return [read_word(label)[0] for label in host[-_MAX_LABELS:]]


def _link_texts(link: str) -> tuple[tuple[str, ...], str | None]:
    host = _host(link)
    kind = kind_of(host)
    return _LINK_TEXTS[kind] if kind else ((LINK, *_host_words(host)), _MARK_OF[LINK])


def _texts(kind: str, text: str) -> tuple[tuple[str, ...], str | None]:
    if kind == "word":
        word, mark = read_word(text)
        return (word,), mark
    if kind == "symbols":
        return (text[:_MAX_SYMBOLS],), "hashtag" if text[-1] == "#" else None
    if kind == "link":
        return _link_texts(text)
    if kind == "number":
        text = number_class(text)
    elif kind != "class":
        text = {"email": EMAIL, "mention": MENTION, "time": TIME, "money": MONEY}[kind]
    return (text,), _MARK_OF.get(text)


def read_piece(piece: str) -> Piece:
    """Reads one folded piece of text without spaces; takes time linear in its length."""
    return read_simple(piece) or read_other(piece)


def read_simple(piece: str) -> Piece | None:
    """Reads what most pieces are, a word of ASCII with the signs around it, as `_read_any` would do it, in a tenth of
    its time; None for any other."""
    if piece.isascii():
        if piece.isalpha():
            short = shorten(piece)
            return Piece((short,), ((0, len(piece)),), _NO_MARKS if short == piece else _DRAWN_OUT)
        word = piece[:-1]
        if word.isalpha() and piece[-1] in _SIGNS and not word.startswith("www"):
            short, end = shorten(word), len(word)
            return Piece((short, piece[-1]), ((0, end), (end, end + 1)), _NO_MARKS if short == word else _DRAWN_OUT)
        if found := _PLAIN.fullmatch(piece):
            return _read_signed(found)
    return None


_SIGNS = frozenset(",.!?;:")
_NO_MARKS, _DRAWN_OUT = (), ("drawn out",)


def _read_signed(found: re.Match[str]) -> Piece:
    before, word, behind = found.groups()
    text, mark = read_word(word)
    begin, end = found.span(2)
    texts, places = [text], [(begin, end)]
    if before:
        texts.insert(0, before[:_MAX_SYMBOLS])
        places.insert(0, (0, begin))
    if behind:
        texts.append(behind[:_MAX_SYMBOLS])
        places.append((end, found.end()))
    return Piece(tuple(texts), tuple(places), (mark,) if mark else ())


def read_other(piece: str) -> Piece:
    """Reads one folded piece as `read_piece` does, if `read_simple` does not."""
    return _read_link(piece) if piece.startswith(_WHOLE_LINK) else _read_any(piece)


def _read_link(piece: str) -> Piece:
    """Reads one link and no more, as `_read_any` would do it."""
    texts, mark = _link_texts(piece)
    return Piece(texts, ((0, len(piece)),) * len(texts), (mark,) if mark else ())


def _read_any(piece: str) -> Piece:
    found_texts: list[str] = []
    places: list[tuple[int, int]] = []
    marks: list[str] = []
    for found in _TOKEN.finditer(piece):
        texts, mark = _texts(str(found.lastgroup), found.group())
        found_texts += texts
        places += [found.span()] * len(texts)
        if mark:
            marks.append(mark)
    return Piece(tuple(found_texts), tuple(places), tuple(marks))
