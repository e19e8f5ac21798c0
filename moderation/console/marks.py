"""A text in pieces for a page: what moved the score is marked, and links are told from words. Pure functions.

Pieces follow each other and together are the text, character by character: nothing is taken out, and nothing becomes
markup.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum
from urllib.parse import urlsplit

from moderation.console.texts import Texts
from moderation.workflows.explaining import Explained

# Weaker than this is noise to somebody who reads; and more marks than these are no marks.
_FAINTEST = 0.5
_MOST = 12
_MOST_OF_A_WORD = 50

# How much of a text is shown at once in the queue; one can open the rest.
SHOWN_AT_ONCE = 1200

_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"]+", re.IGNORECASE)
# Ends the sentence, not the address.
_AFTER = ".,;:!?)]}'"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text. `weight` above 0 speaks for spam, below against it, None: it is not marked. `host` is where a
    link leads."""

    text: str
    weight: float | None = None
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """A word or feature, and what it adds to the logit."""

    feature: str
    weight: float


def pieces_of(text: str, explained: Explained | None) -> list[Piece]:
    """Returns the text in pieces."""
    spans, links = _marked(explained, text), _links(text)
    edges = sorted({0, len(text), *(edge for begin, end, _ in [*spans, *links] for edge in (begin, end))})
    weights: dict[int, float] = {}
    for begin, end, weight in spans:
        # A link may begin or end within a marked word.
        weights.update(dict.fromkeys(edges[bisect_left(edges, begin) : bisect_left(edges, end)], weight))
    hosts = {end: host for _, end, host in links}  # told once, behind the link
    return [Piece(text[begin:end], weights.get(begin), hosts.get(end)) for begin, end in pairwise(edges)]


def parted(pieces: Sequence[Piece]) -> tuple[list[Piece], list[Piece]]:
    """Returns what is shown at once, and the rest of a long text."""
    shown: list[Piece] = []
    left = SHOWN_AT_ONCE
    for at, piece in enumerate(pieces):
        if len(piece.text) > left:
            cut = _cut(piece.text, left)
            head = [Piece(piece.text[:cut], piece.weight)] if cut else []
            return shown + head, [Piece(piece.text[cut:], piece.weight, piece.host), *pieces[at + 1 :]]
        shown.append(piece)
        left -= len(piece.text)
    return shown, []


def weights_of(explained: Explained | None, *, texts: Texts) -> list[Weight]:
    """Returns what moved the score most, in either direction, all else in one, and where the classifier begins:
    together they are the logit."""
    if explained is None:
        return []
    contributions = explained.explanation.contributions
    shown = [Weight(named(each.feature, texts), each.weight) for each in contributions[:_MOST]]
    if contributions[_MOST:]:
        shown.append(Weight(texts("weight.rest"), fsum(each.weight for each in contributions[_MOST:])))
    return [*shown, Weight(texts("weight.intercept"), explained.explanation.intercept)]


def total_of(explained: Explained | None, *, texts: Texts) -> Weight | None:
    """Returns what all weights are together."""
    return Weight(texts("weight.total"), explained.explanation.logit) if explained else None


def named(feature: str, texts: Texts) -> str:
    """Returns a feature as it is called where it is read. Words are what they are; what is measured has a name, which
    stands in parentheses."""
    name = feature.removeprefix("(").removesuffix(")")
    key = f"feature.{name.replace(' ', '_')}"
    return f"({texts(key)})" if feature == f"({name})" and key in texts else feature


def _marked(explained: Explained | None, text: str) -> list[tuple[int, int, float]]:
    """Returns what is marked, with no part marked twice: of a word and a pair of words, the stronger one. Marks on full
    stops and commas would tell a reader nothing; the table beside has them."""
    if explained is None:
        return []
    strong = [each for each in explained.explanation.contributions if each.spans and abs(each.weight) >= _FAINTEST]
    taken: list[tuple[int, int, float]] = []
    for each in strong[:_MOST]:
        for begin, end in each.spans[:_MOST_OF_A_WORD]:
            if not any(map(str.isalnum, text[begin:end])):
                continue
            if end <= len(text) and all(end <= first or last <= begin for first, last, _ in taken):
                taken.append((begin, end, each.weight))
    return taken


def _links(text: str) -> list[tuple[int, int, str]]:
    found = []
    for link in _LINK.finditer(text):
        address = link[0].rstrip(_AFTER)
        host = _host(address)
        if host:
            found.append((link.start(), link.start() + len(address), host))
    return found


def _host(address: str) -> str | None:
    try:
        return urlsplit(address if "://" in address else f"http://{address}").hostname
    except ValueError:
        return None


def _cut(text: str, left: int) -> int:
    """Returns where to cut, at the end of a word if there is one."""
    blank = text.rfind(" ", 0, left)
    return blank + 1 if blank > left // 2 else left
