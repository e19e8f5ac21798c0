"""Single characters: which are invisible, and what a styled one stands for.

Facts come from the Unicode data of the standard library (`unicodedata`): compatibility forms, and the names of
characters ("NEGATIVE SQUARED LATIN CAPITAL LETTER A" shows an A).
"""

from __future__ import annotations

import re
import unicodedata

# Format characters, variation selectors, fillers: nothing is drawn for them. Arabic number signs are drawn.
INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
# Private use marks our own classes, lone surrogates are no characters: neither may come in from outside.
_FOREIGN = "\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff"
# Accents that can be put on any letter. Vowel signs and harakat of other scripts are letters there: not in here.
MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# The two voicing marks of kana compose, but must stay when they do not.
_COMPOSING = MARKS + "\u3099\u309a"

# What comes behind it is drawn from right to left, whatever it is.
TURNING = "\u202e"
# Two of them are the flag of a country, one by itself is the letter.
LETTERS_OF_FLAGS = "\U0001f1e6-\U0001f1ff"

_DROPPED = re.compile(f"[{INVISIBLE}{_FOREIGN}]")
_MARK = re.compile(f"[{MARKS}]")
_JOINS = re.compile(f"[{_COMPOSING}]")
# They say what becomes of those behind them.
_TOGETHER = re.compile(f"[{TURNING}{LETTERS_OF_FLAGS}]")
# At most eight marks are composed: ordering more of them costs the square of their number.
CLUSTER = re.compile(f"([^{_COMPOSING}])([{_COMPOSING}]{{1,8}})[{_COMPOSING}]*")

# "LATIN SMALL LETTER SCRIPT G", "SQUARED LATIN CAPITAL LETTER A", "LATIN LETTER SMALL CAPITAL B", "… V WITH HOOK".
_NAMED_LETTER = re.compile(r"LATIN (?:\w+ )*(?:LETTER|CAPITAL) (?:\w+ )*([A-Z])(?: WITH .+)?$")
_FIRST_RARE_LATIN = 0x180  # below lie the letters of West and Central European languages, with their accents

# An expansion such as U+FDFA (18 letters) would let a short text cost like a long one.
_MAX_EXPANSION = 3
_MAX_REMEMBERED = 20_000

_APOSTROPHES = "\u2018\u2019\u02bc\u0060\u00b4"
_BLANK = "\u2800"  # a sign of Braille without dots, which is no white space for Unicode
# "(a)" in one character.
_IN_BRACKETS = re.compile(r"[(\u3014]([A-Za-z])[)\u3015]")


def _named_letter(character: str) -> str:
    """Returns the Latin letter that the name of a character speaks of, in lower case, or the character itself."""
    if ord(character) < _FIRST_RARE_LATIN:
        return character
    found = _NAMED_LETTER.search(unicodedata.name(character, ""))
    return found.group(1).lower() if found else character


def fold_character(character: str) -> str:
    """Returns what one character stands for, in lower case: nothing if invisible, three characters at most."""
    if character.isascii():
        return character.lower()
    if character in _APOSTROPHES:
        return "'"
    if character == _BLANK:
        return " "
    if _DROPPED.match(character) or _MARK.match(character):
        return ""
    folded = _IN_BRACKETS.sub(r"\1", unicodedata.normalize("NFKC", character))
    if folded == character and unicodedata.category(character) == "Lo":
        return character  # a letter without case: most of the world's characters, and the quickest way for them
    if len(folded) > _MAX_EXPANSION:
        folded = character
    folded = _DROPPED.sub("", _MARK.sub("", folded.lower()))
    return _named_letter(folded) if len(folded) == 1 else folded


class _FoldTable(dict[int, str]):
    """For `str.translate`: learns each code point when it is met first, and never grows beyond a bound."""

    def __missing__(self, code: int) -> str:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        self[code] = folded = fold_character(chr(code))
        return folded


FOLD = _FoldTable()


class _RareTable(dict[str, str | None]):
    """What a character outside of ASCII stands for, if it can be replaced without a look at its neighbours and at what
    else is replaced; otherwise None."""

    def __missing__(self, character: str) -> str | None:
        if len(self) >= _MAX_REMEMBERED:
            self.clear()
        folded = FOLD[ord(character)]
        alone = not _JOINS.match(character) and not _TOGETHER.match(character)
        settled = alone and all(FOLD[ord(each)] == each for each in folded)
        self[character] = known = folded if settled else None
        return known


RARE = _RareTable()
