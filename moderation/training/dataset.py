"""Labelled texts become what is fitted: no repeats, disguised copies of each spam, passages, and weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from random import Random

from moderation.domain import Label
from moderation.training.attacks import ATTACKS
from moderation.training.phrasebook import HAM, PRAISE, SPAM, made
from moderation.training.snippets import honest_authors, listed_spam, run_of, selling_authors, surrounded
from moderation.training.strangers import addressed, citing, foreign

# What copies of a spam under each attack count, beside the text that was really sent. Typing errors are many-sided:
# three copies. Letters that are set apart leave the least behind. All of them share the weight of the text, so that
# spam does not become more common by being copied.
COPIES = {
    "look-alikes": (0.1, 1),
    "styled": (0.1, 1),
    "zero width": (0.1, 1),
    "leet": (0.1, 1),
    "spaced": (0.3, 1),
    "typing errors": (0.3, 3),
}
# Passages: a run of each longer ham counts half of the text, a surrounded spam as much as the spam.
HAM_RUN, SPAM_RUN = 0.5, 1.0
# Made from the lists: texts with listed phrases, and names with links.
LISTED, LISTED_WEIGHT = 1_500, 0.3
AUTHORS, AUTHOR_WEIGHT = 1_000, 0.3
# Made of nothing: sentences of the phrasebook, and genuine comments of kinds that are rare among what is shipped.
PHRASES = {HAM: (4_000, 0.5), SPAM: (4_000, 0.25), PRAISE: (1_500, 0.25)}
FOREIGN, FOREIGN_WEIGHT = 2_500, 1.0
ADDRESSED, ADDRESSED_WEIGHT = 1_500, 0.5
CITING, CITING_WEIGHT = 2_000, 0.25
# Of each of them, at most one for so many given texts: what is made is a small part of few texts. Of phrases twice as
# many, because they are in two dozen languages.
_SMALLEST_SHARE_OF_MADE, _SMALLEST_SHARE_OF_PHRASES = 20, 10
# A site's own labels tell what is written there, and few of them would drown among what is made of nothing.
ENOUGH_FOR_STRANGERS = 8_000


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text. `source` names where it comes from, so that whole sources can be left out."""

    text: str
    label: Label
    source: str = ""


@dataclass(frozen=True, slots=True)
class Dataset:
    """What is fitted; lists of one length: texts, 1 for spam and 0 for ham, what each counts, whether it is a whole
    text or a passage that is judged on its own, and which example it is or was made from."""

    texts: list[str] = field(default_factory=list)
    spam: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    origins: list[int] = field(default_factory=list)

    def add(self, text: str, spam: int, weight: float, *, whole: bool = True, copy: bool = False) -> None:
        """Adds one text or passage; a copy has the origin of the one before it."""
        self.origins.append(len(self.texts) if not (copy and self.origins) else self.origins[-1])
        self.texts.append(text)
        self.spam.append(spam)
        self.weights.append(weight)
        self.whole.append(whole)


def _key(text: str) -> str:
    # U+FEFF ends most texts of one source and says more about its label than about spam.
    return " ".join(text.replace("\ufeff", " ").split())


def trimmed(example: Example) -> Example:
    """Returns the example without white space and U+FEFF at the ends of its text."""
    return replace(example, text=example.text.strip("\ufeff \t\r\n"))


def without_repeats(examples: Iterable[Example]) -> list[Example]:
    """Returns the first example of each text, with its ends trimmed; what shows nothing is left out."""
    first: dict[str, Example] = {}
    for example in examples:
        key = _key(example.text)
        if key:
            first.setdefault(key, trimmed(example))
    return list(first.values())


def repeats(examples: Iterable[Example]) -> list[Example]:
    """Returns what `without_repeats` leaves out because its text was there before, with its ends trimmed."""
    seen: set[str] = set()
    found: list[Example] = []
    for example in examples:
        key = _key(example.text)
        if key in seen:
            found.append(trimmed(example))
        elif key:
            seen.add(key)
    return found


def fingerprint(examples: Iterable[Example]) -> str:
    """Returns the SHA-256 of labelled texts in their order, as 64 hexadecimal digits."""
    digest = sha256()
    for example in examples:
        digest.update(f"{example.source}\0{example.label}\0{example.text}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def make_dataset(
    examples: Iterable[Example], *, weights: Mapping[tuple[str, Label], float] | None = None, seed: int = 0
) -> Dataset:
    """Returns what to fit on these examples; the same examples and seed always give the same.

    `weights` says what a text counts by its source and label; 1 where it says nothing. Each spam is joined by copies
    under attacks and by one within genuine words, each longer ham by a run of its words, and all of them by what is
    made: from the spam lists and, of many examples, from the phrasebook and the ham; at most one text of a kind for
    twenty that are given, and of phrases one for ten.
    """
    kept = without_repeats(examples)
    counts = weights or {}
    random = Random(seed)  # noqa: S311  chance that can be repeated, not a secret
    ham = [e.text for e in kept if e.label is Label.HAM]
    dataset = Dataset()
    for example in kept:
        weight = counts.get((example.source, example.label), 1.0)
        if example.label is Label.SPAM:
            weight /= _COPIED
        dataset.add(example.text, int(example.label is Label.SPAM), weight)
        _add_passage(dataset, example, ham, weight, random)
        if example.label is Label.SPAM:
            for copy, share in _copies(example.text, random):
                dataset.add(copy, 1, weight * share, copy=True)
    if ham:
        most = len(kept) // _SMALLEST_SHARE_OF_MADE
        _add_listed(dataset, ham, most, random)
        if len(kept) >= ENOUGH_FOR_STRANGERS:
            _add_phrases(dataset, len(kept) // _SMALLEST_SHARE_OF_PHRASES, random)
            _add_strangers(dataset, ham, most, random)
    return dataset


_COPIED = 1 + sum(share * count for share, count in COPIES.values())


def _copies(text: str, random: Random) -> Iterator[tuple[str, float]]:
    for name, (share, count) in COPIES.items():
        for _ in range(count):
            yield ATTACKS[name](text, random), share


def _add_passage(dataset: Dataset, example: Example, ham: list[str], weight: float, random: Random) -> None:
    if example.label is Label.HAM:
        passage, share = run_of(example.text, random), HAM_RUN
    else:
        passage, share = surrounded(example.text, random.choice(ham), random) if ham else None, SPAM_RUN
    if passage:
        dataset.add(passage, int(example.label is Label.SPAM), weight * share, whole=False, copy=True)


def _add_listed(dataset: Dataset, ham: list[str], most: int, random: Random) -> None:
    for text in listed_spam(ham, min(LISTED, most), random):
        dataset.add(text, 1, LISTED_WEIGHT)
    makers: tuple[tuple[Callable[[int, Random], Iterator[str]], int], ...]
    makers = ((honest_authors, 0), (selling_authors, 1))
    for authors, spam in makers:
        for text in authors(min(AUTHORS, most), random):
            dataset.add(text, spam, AUTHOR_WEIGHT, whole=False)


def _add_phrases(dataset: Dataset, most: int, random: Random) -> None:
    for kind, (count, weight) in PHRASES.items():
        for text in made(kind, min(count, most), random):
            dataset.add(text, int(kind != HAM), weight)


def _add_strangers(dataset: Dataset, ham: list[str], most: int, random: Random) -> None:
    for _ in range(min(FOREIGN, most)):
        text = addressed(foreign(random.choice(ham), random), random, 0.5)
        dataset.add(text, 0, FOREIGN_WEIGHT)
        if run := run_of(text, random):
            dataset.add(run, 0, FOREIGN_WEIGHT * HAM_RUN, whole=False, copy=True)
    for _ in range(min(ADDRESSED, most)):
        dataset.add(addressed(random.choice(ham), random, 0.7), 0, ADDRESSED_WEIGHT)
    for _ in range(min(CITING, most)):
        dataset.add(citing(random.choice(ham), random), 0, CITING_WEIGHT)
