"""Word lists: which entry of a list, if any, occurs in a text.

An entry is a word or a phrase, compared without regard to case. It stands for whole words; `*` stands for any run of
letters and digits, also none, within one word (`casino*`, `*coin`, `*poker*`, `f*ck`). Punctuation counts (`c++`,
`t.me`). Characters of scripts without spaces are found anywhere.

The entries form a trie over atoms (see `letters.py`), so that the time depends on the text and not on the number of
entries. No regular expression is made of an entry.
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from moderation.policy.letters import atoms, entry_atoms, folded, is_word

_NO_ENTRY = sys.maxsize
_STARS = re.compile(r"\*+")


class WordList:
    """A compiled list of words. `words.first_in(text)` is the entry, as it was given, that comes first in the list
    among those that occur; None when none does."""

    def __init__(self, entries: Sequence[str]) -> None:
        self._entries = tuple(entries)
        self._root = _Node()
        for rank, entry in enumerate(self._entries):
            pattern = _pattern_of(entry)
            if pattern:
                self._root.add(pattern, rank)

    def __len__(self) -> int:
        return len(self._entries)

    def first_in(self, text: str) -> str | None:
        """Reads the text and looks for the entries."""
        return self.first_among(atoms(folded(text)))

    def first_among(self, text_atoms: Sequence[str]) -> str | None:
        """Looks for the entries in a text that is cut already."""
        starts = self._starts(set(text_atoms))
        best = min((node.rank for nodes in starts.values() for node in nodes), default=_NO_ENTRY)
        longer = {atom: open_nodes for atom, nodes in starts.items() if (open_nodes := [n for n in nodes if n.goes_on])}
        if longer:
            for position, atom in enumerate(text_atoms):
                for node in longer.get(atom, ()):
                    best = min(best, _best_rank_from(node, text_atoms, position + 1))
        return None if best == _NO_ENTRY else self._entries[best]

    def _starts(self, known: set[str]) -> dict[str, list[_Node]]:
        """Returns, for each atom of the text with which an entry begins, where in the trie it leads."""
        starts = {atom: [self._root.literals[atom]] for atom in known & self._root.literals.keys()}
        if self._root.patterns:
            for atom in known:
                if fitting := list(self._root.patterns.fitting(atom)):
                    starts.setdefault(atom, []).extend(fitting)
        return starts


def entries_in(text: str, entries: Sequence[str]) -> list[str]:
    """Returns all entries that occur in a text, in their order. For people who try a list out: it looks for one after
    the other, some 20 microseconds each."""
    text_atoms = atoms(folded(text))
    return [entry for entry in entries if WordList([entry]).first_among(text_atoms) is not None]


def is_entry(text: str) -> bool:
    """Tells whether there is anything in an entry that can be looked for, so not `*` or blanks alone."""
    return any(atom not in {"*", " "} for atom in _pattern_of(text))


def _pattern_of(entry: str) -> list[str]:
    """Cuts an entry. A lone `*` at an end may also stand for nothing and beside a space or a punctuation mark, so it
    asks for nothing and is left out."""
    pattern = entry_atoms(_STARS.sub("*", folded(entry)))
    while pattern and pattern[0] == "*":
        pattern.pop(0)
    while pattern and pattern[-1] == "*":
        pattern.pop()
    return [] if pattern == [" "] else pattern


class _Node:
    """A place in the trie: the entry that ends here, and what may follow."""

    __slots__ = ("goes_on", "literals", "maybe_word", "patterns", "rank")

    def __init__(self) -> None:
        self.rank = _NO_ENTRY
        self.goes_on = False
        self.literals: dict[str, _Node] = {}
        self.patterns: _Patterns | None = None  # words with a `*` in them
        self.maybe_word: _Node | None = None  # a lone `*`: one word, or none

    def add(self, pattern: Sequence[str], rank: int) -> None:
        node = self
        for atom in pattern:
            node.goes_on = True
            node = node._child(atom)
        node.rank = min(node.rank, rank)

    def _child(self, atom: str) -> _Node:
        if atom == "*":
            self.maybe_word = self.maybe_word or _Node()
            return self.maybe_word
        if "*" in atom:
            self.patterns = self.patterns or _Patterns()
            return self.patterns.child(atom)
        child = self.literals.get(atom)
        if child is None:
            child = self.literals[atom] = _Node()
        return child

    def after(self, text_atoms: Sequence[str], position: int) -> Iterator[tuple[_Node, int]]:
        """Yields the places that the atom at this position leads to, each with the position behind it."""
        atom = text_atoms[position] if position < len(text_atoms) else ""
        if child := self.literals.get(atom):
            yield child, position + 1
        if self.patterns:
            yield from ((node, position + 1) for node in self.patterns.fitting(atom))
        if self.maybe_word:
            # What follows a lone `*` is never a letter, so a word that stands here must be taken by it.
            yield self.maybe_word, position + 1 if is_word(atom) else position


def _best_rank_from(node: _Node, text_atoms: Sequence[str], position: int) -> int:
    best, places = _NO_ENTRY, [(node, position)]
    while places:
        node, position = places.pop()
        best = min(best, node.rank)
        if node.goes_on:
            places.extend(node.after(text_atoms, position))
    return best


class _Patterns:
    """Words with `*` in them, indexed by a literal piece: the beginning, else the end, else some letters inside."""

    __slots__ = ("_heads", "_insides", "_nodes", "_tails")

    def __init__(self) -> None:
        self._nodes: dict[str, _Node] = {}
        self._heads = _Pieces()
        self._tails = _Pieces()
        self._insides = _Pieces()

    def child(self, pattern: str) -> _Node:
        node = self._nodes.get(pattern)
        if node is None:
            node = self._nodes[pattern] = _Node()
            self._add(tuple(pattern.split("*")), node)
        return node

    def _add(self, pieces: tuple[str, ...], node: _Node) -> None:
        if pieces[0]:
            self._heads.add(pieces[0], pieces, node)
        elif pieces[-1]:
            self._tails.add(pieces[-1], pieces, node)
        else:
            longest = max(pieces, key=len)
            # A few lengths only, so that a word of 20 000 letters is cut into few pieces.
            self._insides.add(longest[: next(n for n in (8, 4, 2, 1) if n <= len(longest))], pieces, node)

    def fitting(self, word: str) -> Iterator[_Node]:
        """Yields where the patterns that this word fits lead; each one once."""
        keys = (word[:n] for n in self._heads.lengths if n <= len(word))
        yield from self._heads.fitting(keys, word)
        keys = (word[-n:] for n in self._tails.lengths if n <= len(word))
        yield from self._tails.fitting(keys, word)
        if self._insides.lengths:
            parts = {word[i : i + n] for n in self._insides.lengths for i in range(len(word) - n + 1)}
            yield from self._insides.fitting(parts & self._insides.keys(), word)


class _Pieces(defaultdict[str, list[tuple[tuple[str, ...], _Node]]]):
    """From a literal piece to the patterns that are found by it."""

    def __init__(self) -> None:
        super().__init__(list)
        self.lengths: set[int] = set()

    def add(self, key: str, pieces: tuple[str, ...], node: _Node) -> None:
        self[key].append((pieces, node))
        self.lengths.add(len(key))

    def fitting(self, keys: Iterable[str], word: str) -> Iterator[_Node]:
        for key in keys:
            for pieces, node in self.get(key, ()):
                if _fits(pieces, word):
                    yield node


def _fits(pieces: tuple[str, ...], word: str) -> bool:
    """Tells whether the word begins with the first piece, ends with the last, and has the others between, in order."""
    head, *inside, tail = pieces
    if not (word.startswith(head) and word.endswith(tail)):
        return False
    place, end = len(head), len(word) - len(tail)
    for piece in inside:
        found = word.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return place <= end
