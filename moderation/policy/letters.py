"""How text is read before words and links are looked for in it: folded, then cut into atoms.

Folding makes equal what readers take as equal: case, width, ligatures, invisible characters, typographic apostrophes.
An atom is a word, one space, or one other character. Scripts that are written without spaces between words (Han, kana,
Thai, …) have no words here: each of their characters is an atom of its own, and so is each punctuation mark.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache

from moderation.invisible import without_ignorable

# Scripts whose words are not parted by spaces, by Unicode block. Hangul is here although Korean has spaces: its
# particles are glued to the noun, so a list of whole words would find next to nothing.
UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f"  # Myanmar
    "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"  # Hangul
    "\u1780-\u17ff"  # Khmer
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"  # Han
    "\u3031-\u3035\u3040-\u30ff\u31f0-\u31ff"  # kana
    "\u3100-\u312f\u31a0-\u31bf"  # Bopomofo
    "\U0001aff0-\U0001b16f\U00020000-\U0003ffff"  # historic kana, rare Han
)

# Keyboards and word processors disagree on these; moderators type the plain ones.
_PLAIN = (("\u2018", "'"), ("\u2019", "'"), ("\u02bc", "'"), ("\u2010", "-"), ("\u2212", "-"))

# Two blessings that NFKC would write out, to 18 and 8 characters; these are their customary abbreviations. Everything
# else grows to 6 times its length at most.
_ABBREVIATED = (("\ufdfa", "\u0635"), ("\ufdfb", "\u062c"))

# The longest pile of combining marks in real text is far below this; the number is that of the Stream-Safe Text Format
# (UAX #15). Normalising sorts a pile in quadratic time, so that one of 20 000 marks would take seconds.
_MAX_PILE = 30
_PILE = re.compile(rf"[^\w\s\x00-\x7f]{{{_MAX_PILE + 1},}}")


def folded(text: str) -> str:
    """Returns the text as it is compared: NFKC, case-folded, nothing invisible, each white space one blank."""
    if text.isascii():
        return " ".join(text.lower().split())
    return _folded_again(text) if len(text) <= _MAX_REMEMBERED else _folded(text)


def _folded(text: str) -> str:
    text = _shown(text)
    if text.isascii():  # such as what was copied from a page, with a byte order mark at its end
        return " ".join(text.lower().split())
    caseless = unicodedata.normalize("NFKC", _replaced(text, _ABBREVIATED)).casefold()
    # Folding the case can take a composed letter apart.
    return " ".join(_replaced(unicodedata.normalize("NFKC", caseless), _PLAIN).split())


# A comment is folded for its sketch, and some moments later for the rules; a batch of comments lies between.
_folded_again = lru_cache(maxsize=1024)(_folded)
_MAX_REMEMBERED = 1_000  # characters


def _shown(text: str) -> str:
    """Returns a text without what is invisible, and without the tops of piles."""
    text = without_ignorable(text)
    # Hardly any text has enough characters beyond ASCII for a pile; they are counted in a tenth of the time.
    others = len(text) - len(text.encode("ascii", "ignore"))
    return _PILE.sub(_thinned, text) if others > _MAX_PILE else text


def atoms(folded_text: str) -> list[str]:
    """Cuts a folded text: `"don't 加 t.me"` becomes `don ' t _ 加 _ t . me`, with a blank for each `_`."""
    return (_ASCII_ATOM if folded_text.isascii() else _any_atom()).findall(folded_text)


def entry_atoms(folded_entry: str) -> list[str]:
    """Cuts an entry of a word list: as `atoms`, but a `*` counts as a letter."""
    return _entry_atom().findall(folded_entry)


def is_word(atom: str) -> bool:
    """Tells a word from a blank, a punctuation mark or a character of an unspaced script."""
    return _LETTER.match(atom) is not None


_ASCII_ATOM = re.compile(r"[a-z0-9]+|.")
_LETTER = re.compile(rf"[^\W_{UNSPACED}]")


@cache
def _any_atom() -> re.Pattern[str]:
    letter = rf"[^\W_{UNSPACED}]"
    # Unrolled, so that no character can be matched in two ways: the time is linear.
    return re.compile(rf"{letter}+(?:[{_marks()}]+{letter}*)*|.")


@cache
def _entry_atom() -> re.Pattern[str]:
    letter = rf"(?:[^\W_{UNSPACED}]|\*)"
    return re.compile(rf"{letter}+(?:[{_marks()}]+{letter}*)*|.")


@cache
def _marks() -> str:
    """Returns all combining marks outside the unspaced scripts: parts of words that `\\w` leaves out (Devanagari
    vowels, accents without a composed letter). Computed when the first text needs it, in about 20 ms."""
    unspaced = re.compile(f"[{UNSPACED}]")
    assigned = map(chr, range(0x300, 0x1F000))  # no marks lie above, but for invisible ones
    return "".join(c for c in assigned if unicodedata.category(c)[0] == "M" and not unspaced.match(c))


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)  # far faster than str.translate when there is nothing to replace
    return text


def _thinned(run: re.Match[str]) -> str:
    kept, height = [], 0
    for character in run[0]:
        height = height + 1 if unicodedata.combining(character) else 0
        if height <= _MAX_PILE:
            kept.append(character)
    return "".join(kept)
