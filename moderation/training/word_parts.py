"""The parts of many words at once: what `scoring.grams` finds in each word, numbered by a few sorts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from moderation.scoring.grams import LENGTHS
from moderation.scoring.tokens import CLASS_NAMES


def parts_of_words(words: Sequence[str]) -> tuple[sparse.csr_matrix, list[str]]:
    """Returns the distinct parts of these words, and a matrix with a row for each word and a column for each part: 1
    where the word has the part."""
    texts = ["" if word in CLASS_NAMES or not word else f" {word} " for word in words]
    text = "".join(texts)
    sizes = np.array([*map(len, texts)], dtype=np.int64)
    word_of, ends = np.repeat(np.arange(len(words)), sizes), np.repeat(np.cumsum(sizes), sizes)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    characters, character_at = np.unique(codes, return_inverse=True)
    begins, runs = np.arange(len(codes)), character_at
    rows, columns, found = [], [], list[str]()
    # Each length is one more than that before it: a run is the run before it and one more character.
    for length in LENGTHS:
        inside = begins + length <= ends[begins]
        begins, runs = begins[inside], runs[inside]
        longer = runs * len(characters) + character_at[begins + length - 1]
        _, first, runs = np.unique(longer, return_index=True, return_inverse=True)
        rows.append(word_of[begins])
        columns.append(runs + len(found))
        found += [text[begin : begin + length] for begin in begins[first].tolist()]
    places = np.concatenate(rows), np.concatenate(columns)
    matrix = sparse.csr_matrix((np.ones(len(places[0])), places), shape=(len(words), len(found)))
    matrix.data[:] = 1.0  # where a word has a part twice, they were added up
    return matrix, found
