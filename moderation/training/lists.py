"""The public lists of spam phrases and domains in `models/data/spam-lists`, as evidence that texts are searched for."""

from __future__ import annotations

import gzip
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from moderation.bundled import bundled_folder
from moderation.scoring.listed import hash_of_phrase
from moderation.scoring.reading import read

Phrase = tuple[str, ...]

_SHORTEST = 4  # characters; shorter entries say nothing
# Entries are cut short so that they match several forms: "writing serv". They are completed by words that we know.
_MAX_ENDING = 4
_MAX_FORMS = 4
_LONGEST = 3  # words of a phrase that count; of a longer one, the last


@dataclass(frozen=True, slots=True)
class SpamLists:
    """Entries as they stand in the lists, without what is too short to say anything."""

    phrases: tuple[str, ...]  # of two words and more
    keywords: tuple[str, ...]  # of one word, or of several with hyphens, which are blanks here
    domains: tuple[str, ...]


@cache
def spam_lists() -> SpamLists:
    """Returns the shipped lists. Raises OSError when one is missing."""
    folder = bundled_folder("models") / "data" / "spam-lists"
    entries = [e for e in _lines(folder / "wordpress-comment-blocklist.txt.gz") if len(e) >= _SHORTEST]
    hosts = [*_lines(folder / "referrer-spammers.txt.gz"), *_lines(folder / "youtube-spam-domains.txt.gz")]
    return SpamLists(
        phrases=tuple(e for e in entries if " " in e.strip()),
        keywords=tuple(
            e.strip("-_/").replace("-", " ").replace("_", " ") for e in entries if not {" ", ".", "/"} & {*e}
        ),
        domains=tuple(host for host in hosts if "." in host and not host.startswith("#")),
    )


def _lines(path: Path) -> list[str]:
    return gzip.decompress(path.read_bytes()).decode("utf-8").lower().splitlines()


@cache
def _read_phrases() -> tuple[Phrase, ...]:
    read_once = dict.fromkeys(tuple(read(entry).tokens[-_LONGEST:]) for entry in spam_lists().phrases)
    return tuple(phrase for phrase in read_once if len(phrase) > 1)


def listed_phrases(texts: Iterable[Sequence[str]], ham: Iterable[Sequence[str]]) -> tuple[int, ...]:
    """Returns the hashes of the listed phrases, in order, without those that stand in any of the ham.

    Both are token lists: `texts` say how words may end, `ham` what honest people say.
    """
    vocabulary = sorted({word for tokens in texts for word in tokens})
    completed = {form for phrase in _read_phrases() for form in _forms(phrase, vocabulary)}
    follow: dict[str, set[str]] = {}
    for first, second, *_ in completed:
        follow.setdefault(first, set()).add(second)
    said = {phrase for tokens in ham for phrase in _phrases_of(tokens, follow)}
    return tuple(sorted({hash_of_phrase(phrase) for phrase in completed - said}))


def _phrases_of(tokens: Sequence[str], follow: Mapping[str, Collection[str]]) -> Iterator[Phrase]:
    """Yields the phrases of two and of three words of which the second follows the first in some list; few do."""
    for place, (first, second) in enumerate(pairwise(tokens)):
        if second in follow.get(first, ()):
            yield first, second
            yield tuple(tokens[place : place + _LONGEST])


def _forms(phrase: Phrase, vocabulary: Sequence[str]) -> Collection[Phrase]:
    """The phrase, and the same with its last word completed."""
    *before, last = phrase
    if len(last) < _SHORTEST:
        return [phrase]
    forms = [last]
    for place in range(bisect_left(vocabulary, last), len(vocabulary)):
        word = vocabulary[place]
        if not word.startswith(last) or len(forms) > _MAX_FORMS:
            break
        if 0 < len(word) - len(last) <= _MAX_ENDING:
            forms.append(word)
    return [(*before, form) for form in forms]
