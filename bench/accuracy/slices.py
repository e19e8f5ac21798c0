"""False alarms by kinds of comments: whom does a classifier wrong that has not seen their source?

Identity terms are a short list of our own, of words that people are called by, good and bad; they only tell which
comments are counted, and no classifier sees the list.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from bench.accuracy.intervals import Figure, share
from moderation.training.metrics import THRESHOLD

LANGUAGES = {
    "civil-comments": "English, news",
    "civil-comments-rude": "English, news, rude",
    "fox-news-comments": "English, news",
    "wikipedia-talk": "English, talk pages",
    "germeval-2018": "German, tweets",
    "sms-spam-collection": "English, SMS",
    "telegram-spam": "Russian, groups",
}
_LENGTHS = ((50, "up to 50 characters"), (200, "51–200 characters"), (500, "201–500 characters"))
_TERMS = {
    "religion": "muslims? islam christians? catholics? jews? jewish atheists? mormons? buddhists? hindus? moslems? "
    "katholi\\w+ juden? jüdisch\\w* christ(?:en|lich\\w*)",
    "skin and origin": "black blacks white whites asians? hispanics? latinos? africans? mexicans? natives? indians? "
    "immigrants? refugees? arabs? chinese türken? ausländer\\w* flüchtling\\w* afrikan\\w+",
    "gender": "wom[ae]n m[ae]n girls? boys? female feminists? transgender trans frau(?:en)? männer weib\\w*",
    "whom they love": "gays? lesbians? homosexuals? bisexuals? queer lgbt\\w* schwul\\w* lesb\\w+",
    "health and age": "disabled autistic blind deaf crippled? elderly seniors? mental mentally behindert\\w*",
}
_GROUPS = {name: re.compile(rf"\b(?:{'|'.join(words.split())})\b", re.IGNORECASE) for name, words in _TERMS.items()}
_LINK = re.compile(r"https?://|www\.")

Genuine = tuple[str, str, float]  # source, text, P(spam)


def slices(genuine: Sequence[Genuine]) -> Mapping[str, Mapping[str, Figure]]:
    """Returns for each way to cut, and each slice, the share of genuine comments that score above one half."""
    return {
        "Source": _cut(genuine, lambda source, text: [source]),
        "Language and kind": _cut(genuine, lambda source, text: [LANGUAGES[source]]),
        "Script": _cut(genuine, lambda source, text: [script(text)]),
        "Length": _cut(genuine, lambda source, text: [_length(text)]),
        "Identity terms": _cut(genuine, lambda source, text: _identities(text)),
        "Links": _cut(genuine, lambda source, text: ["with a link" if _LINK.search(text) else "without a link"]),
    }


def _cut(genuine: Iterable[Genuine], kinds: Callable[[str, str], Iterable[str]]) -> dict[str, Figure]:
    alarms: dict[str, list[bool]] = {}
    for source, text, score in genuine:
        for kind in kinds(source, text):
            alarms.setdefault(kind, []).append(score > THRESHOLD)
    return {kind: share(alarms[kind]) for kind in sorted(alarms)}


def script(text: str) -> str:
    """Returns the script of most letters of a text, by the names of Unicode; "none" without letters."""
    names = Counter(unicodedata.name(c, "UNKNOWN").partition(" ")[0].capitalize() for c in text if c.isalpha())
    return names.most_common(1)[0][0] if names else "None"


def _length(text: str) -> str:
    return next((name for most, name in _LENGTHS if len(text) <= most), "over 500 characters")


def _identities(text: str) -> Iterator[str]:
    named = [name for name, words in _GROUPS.items() if words.search(text)]
    yield from named or ["no such term"]
