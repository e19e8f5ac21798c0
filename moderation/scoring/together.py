"""Many writings judged at once, with the same logits as one by one.

The steps are those of `classifier`, `terms`, `listed` and `about`, on arrays; a test holds the two against each other.
In Python, a text is only cut into pieces, and joined of what is known of these (see `rows`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from threading import Lock
from typing import NamedTuple
from weakref import WeakMethod

import numpy as np
from numpy.typing import NDArray

from moderation.domain import Writing
from moderation.scoring.about import MARKS, Counts, Foreign, features
from moderation.scoring.cutting import Characters, Cut, characters_of, cut, cut_undisguised
from moderation.scoring.learned import ABOUT_LIMIT, AboutWeights
from moderation.scoring.listed import FACTOR
from moderation.scoring.parts import distinct
from moderation.scoring.passages import (
    AUTHOR_PENALTY,
    END_PENALTY,
    END_WORDS,
    RUN_WORDS,
    author_text,
    begins_of_runs,
    own_host,
    run_penalty,
)
from moderation.scoring.rows import FIRST_ROW, IN_CAPITALS, MAYBE_SPACED, ROWS, Complex, Integers, Rows, steps_in
from moderation.scoring.words import Words

Numbers = NDArray[np.float64]

_ROW_BITS = ROWS.bit_length() - 1
_HASH_BITS, _SIEVE_BITS = 32, 20


class Together:
    """Judges many writings at once. Immutable but for what it remembers; of threads, one waits for the other."""

    def __init__(self, words: Words, listed: Sequence[int], about: AboutWeights) -> None:
        self._rows = Rows(words)
        self._pair_keys, self._pair_sums = self._rows.pairs()
        self._listed = np.array(sorted(listed), np.uint32)
        # Most phrases are seen not to be listed by their first bits.
        self._sieve = np.zeros(1 << _SIEVE_BITS, np.bool_)
        self._sieve[self._listed >> _HASH_BITS - _SIEVE_BITS] = True
        self._about = np.array([about.mean, about.factor, about.weight])[:, :, None]
        self._lock = Lock()
        # Weakly: no reference cycle is to hold all that is remembered here when a classifier is replaced.
        words.parts_met = partial(_ask, WeakMethod(self._parts_met))

    def _parts_met(self, word: str) -> complex | None:
        """Returns what the parts of a word add, if that is known; while a batch is judged, nothing is known."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self._rows.parts_of(word)
        finally:
            self._lock.release()

    def logits(self, writings: Sequence[Writing]) -> list[float]:
        """Returns the logit of each writing without the intercept: that of its passage that looks most like spam.

        Raises TooManyWords, and then nothing is wrong but that they are too many for once.
        """
        texts, names = [writing.text for writing in writings], [*map(author_text, writings)]
        with self._lock:
            try:
                characters, cuts, flow = self._read([*texts, *names], [*map(own_host, writings)] * 2)
                logits: list[float] = self._judged(texts, names, characters, cuts, flow).tolist()
                return logits
            finally:
                self._rows.tidy()

    def _read(self, texts: Sequence[str], hosts: Sequence[str]) -> tuple[Characters, list[Cut], Flow]:
        characters = characters_of(texts)
        cuts = [cut(self._rows, *each) for each in zip(texts, hosts, characters.digits.tolist(), strict=True)]
        flow = _flow(self._rows, cuts)
        if disguised := [place for place in _maybe_spaced(self._rows, flow) if not cuts[place].undisguised]:
            for place in disguised:
                cuts[place] = cut_undisguised(self._rows, texts[place], hosts[place])
            flow = _flow(self._rows, cuts)
        return characters, cuts, flow

    def _judged(
        self, texts: Sequence[str], names: Sequence[str], characters: Characters, cuts: Sequence[Cut], flow: Flow
    ) -> Numbers:
        count = len(texts)
        text, name = flow.parted(count)
        itself, parts = self._rows.itself[flow.rows], self._rows.parts[flow.rows]
        places = self._pairs(flow)
        pairs = self._pair_sums[places]

        # A whole text, where each word and each pair counts once.
        owners, words = _distinct(text.owners, text.rows, _ROW_BITS)
        known = np.flatnonzero(places[: text.size] < len(self._pair_keys) - 1)
        of_pairs, each_pair = _distinct(text.owners[known], places[known], _ROW_BITS)
        counts = self._counts(texts, characters, cuts[:count], text, np.bincount(owners, minlength=count))
        sums = _added(owners, self._rows.itself[words], count) + _added(of_pairs, self._pair_sums[each_pair], count)
        logits = self._of_about(counts) + _divided(sums) + _divided(_added(owners, self._rows.parts[words], count))

        # Each run of a text, as the words stand there.
        standing = itself + pairs
        begins, lengths, penalties = _runs_of(text.sizes, text.begins)
        if len(begins):
            of_runs = _of_runs(itself, standing, parts, begins, RUN_WORDS)
            some = np.flatnonzero(lengths)
            best = np.maximum.reduceat(of_runs, (np.cumsum(lengths) - lengths)[some]) - penalties[some]
            logits[some] = np.maximum(logits[some], best)
        for size in END_WORDS:
            some = np.flatnonzero(text.sizes > max(size, RUN_WORDS))
            first = text.begins[some]
            last = first + text.sizes[some] - size
            of_ends = _of_runs(itself, standing, parts, np.concatenate([first, last]), size) - END_PENALTY
            logits[some] = np.maximum(logits[some], of_ends.reshape(2, len(some)).max(axis=0))

        # The author's name and link.
        of_names = _divided(_added(name.owners, standing[text.size :], count))
        of_names += _divided(_added(name.owners, parts[text.size :], count)) - AUTHOR_PENALTY
        return np.where([name != "" for name in names], np.maximum(logits, of_names), logits)

    def _pairs(self, flow: Flow) -> Integers:
        """Returns for each word the place of the pair that it is with the one behind it; the last place stands for
        none."""
        places = np.full(len(flow.rows), len(self._pair_keys) - 1)
        keys = self._rows.first[flow.rows[:-1]] + self._rows.second[flow.rows[1:]]
        keys[flow.owners[:-1] != flow.owners[1:]] = 0
        found = np.searchsorted(self._pair_keys, keys)
        np.copyto(places[:-1], found, where=self._pair_keys[found] == keys)
        return places

    def _counts(
        self, texts: Sequence[str], characters: Characters, cuts: Sequence[Cut], flow: Flow, distinct: Integers
    ) -> Counts:
        count = len(texts)
        return Counts(
            characters=np.array([*map(len, texts)]),
            letters=characters.letters[:count],
            capitals=characters.capitals[:count],
            digits=characters.digits[:count],
            exclamations=np.array([text.count("!") for text in texts]),
            questions=np.array([text.count("?") for text in texts]),
            pieces=np.array([cut.pieces for cut in cuts]),
            in_capitals=flow.counted[:, IN_CAPITALS] + [cut.in_capitals for cut in cuts],
            foreign=Foreign(*np.array([cut.foreign for cut in cuts]).T),
            words=flow.sizes,
            distinct_words=distinct,
            links=np.bincount(flow.owners[flow.rows == self._rows.link], minlength=count),
            listed=self._count_listed(flow, count),
            marks=[*flow.counted.T[: len(MARKS)]],
        )

    def _count_listed(self, flow: Flow, count: int) -> Integers:
        """Returns how many distinct listed phrases of two or three words each text has."""
        if not len(self._listed):
            return np.zeros(count, np.int64)
        hashes = self._rows.hashes[flow.rows]
        two = hashes[:-1] * np.uint32(FACTOR) + hashes[1:]
        three = two[:-1] * np.uint32(FACTOR) + hashes[2:]
        (pairs_of, pairs), (triples_of, triples) = (
            self._listed_among(phrases, flow.owners) for phrases in (two, three)
        )
        found_of, found = np.concatenate([pairs_of, triples_of]), np.concatenate([pairs, triples])
        owners, _ = _distinct(found_of, found, _HASH_BITS)
        return np.bincount(owners, minlength=count)

    def _listed_among(self, phrases: NDArray[np.uint32], owners: Integers) -> tuple[Integers, Integers]:
        """Returns which phrases are listed, and whose they are; not those that reach from one text into the next."""
        behind = len(owners) - len(phrases)
        maybe = np.flatnonzero(self._sieve[phrases >> _HASH_BITS - _SIEVE_BITS])
        maybe = maybe[owners[maybe] == owners[maybe + behind]]
        places = np.minimum(np.searchsorted(self._listed, phrases[maybe]), len(self._listed) - 1)
        listed = maybe[self._listed[places] == phrases[maybe]]
        return owners[listed], phrases[listed].astype(np.int64)

    def _of_about(self, counts: Counts) -> Numbers:
        mean, factor, weight = self._about
        values = (np.array(features(counts, log1p=np.log1p)) - mean) * factor
        return np.asarray((np.clip(values, -ABOUT_LIMIT, ABOUT_LIMIT) * weight).sum(axis=0))


class Flow(NamedTuple):
    """The words of texts, one text after the other: the row of each, and the number of the text that it stands in. Of
    each text how many words it has, where they begin, and what else is counted in its stream."""

    rows: Integers
    owners: Integers
    sizes: Integers
    begins: Integers
    counted: Integers

    @property
    def size(self) -> int:
        """The number of all words."""
        return len(self.rows)

    def parted(self, texts: int) -> tuple[Flow, Flow]:
        """Returns the first texts, and those behind, which are numbered anew."""
        at = int(self.sizes[:texts].sum())
        behind = self.owners[at:] - texts, self.sizes[texts:], self.begins[texts:] - at, self.counted[texts:]
        first = Flow(self.rows[:at], self.owners[:at], self.sizes[:texts], self.begins[:texts], self.counted[:texts])
        return first, Flow(self.rows[at:], *behind)


def _ask(known: WeakMethod[Callable[[str], complex | None]], word: str) -> complex | None:
    ask = known()
    return ask(word) if ask is not None else None


def _flow(rows: Rows, cuts: Sequence[Cut]) -> Flow:
    """Joins streams; then all their words have rows."""
    rows.learn()
    streams, texts = [cut.stream for cut in cuts], len(cuts)
    steps = steps_in(b"".join(streams))
    owners = np.repeat(np.arange(texts), np.array([*map(len, streams)]) // steps.itemsize)
    are_words = steps >= FIRST_ROW
    others = ~are_words
    counted = np.bincount(owners[others] * FIRST_ROW + steps[others], minlength=texts * FIRST_ROW)
    owners = owners[are_words]
    sizes = np.bincount(owners, minlength=texts)
    begins = np.cumsum(sizes) - sizes
    return Flow(steps[are_words].astype(np.int64), owners, sizes, begins, counted.reshape(texts, FIRST_ROW))


def _maybe_spaced(rows: Rows, flow: Flow) -> list[int]:
    """Returns in which texts the letters of a word may stand apart: two words of one letter follow each other."""
    single = rows.single[flow.rows]
    neighbours = flow.owners[:-1][single[:-1] & single[1:]]
    return sorted({*neighbours.tolist(), *np.flatnonzero(flow.counted[:, MAYBE_SPACED]).tolist()})


def _distinct(owners: Integers, values: Integers, bits: int) -> tuple[Integers, Integers]:
    """Returns each value once for each of its owners, in order; values have so many bits."""
    keys = distinct(owners << bits | values)
    return keys >> bits, keys & (1 << bits) - 1


def _added(owners: Integers, sums: Complex, count: int) -> Complex:
    """Returns for each owner the sum of what is its."""
    return np.bincount(owners, sums.real, count) + 1j * np.bincount(owners, sums.imag, count)


def _divided(sums: Complex) -> Numbers:
    """Does what `words.divided` does."""
    known = sums.imag > 0.5
    return np.divide(
        sums.real, np.sqrt(sums.imag, where=known, out=np.ones(len(sums))), where=known, out=np.zeros(len(sums))
    )


def _windows(values: Complex, width: int, begins: Integers) -> Complex:
    """Returns the sums of so many values each, from `begins` on. Nothing is subtracted, so nothing is lost."""
    total, at, double, size = np.zeros(len(begins), np.complex128), begins, values, 1
    while width:
        if width & 1:
            total += double[at]
            at = at + size
        width >>= 1
        if width:
            double = double[:-size] + double[size:]
            size *= 2
    return total


def _of_runs(itself: Complex, standing: Complex, parts: Complex, begins: Integers, size: int) -> Numbers:
    """Returns what so many words each add from `begins` on, without any penalty."""
    # Of the last word without its pair, which leads out of the run.
    of_words = _divided(_windows(standing, size - 1, begins) + itself[begins + size - 1])
    return of_words + _divided(_windows(parts, size, begins))


def _runs_of(sizes: Integers, begins: Integers) -> tuple[Integers, Integers, Numbers]:
    """Returns where the runs of all texts begin, how many each text has, and their penalties."""
    known = [*map(_runs, sizes.tolist())]
    lengths = np.array([len(places) for places, _ in known])
    places = np.concatenate([places for places, _ in known]) + np.repeat(begins, lengths)
    return places, lengths, np.array([penalty for _, penalty in known])


@lru_cache(maxsize=512)  # of the longest texts, 40 kB each
def _runs(words: int) -> tuple[Integers, float]:
    """Returns where the runs of a text of so many words begin, and their penalty."""
    return np.array(begins_of_runs(words), np.int64), run_penalty(words)
